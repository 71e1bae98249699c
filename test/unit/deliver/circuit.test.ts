import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { Circuit } from '../../../src/deliver/circuit.ts'
import type { Outcome } from '../../../src/model/outcome.ts'

const down: Outcome[] = [{ kind: 'retry', code: 'destination_unreachable' }]
const up: Outcome[] = [{ kind: 'delivered' }]
const through = (now: number) => ({ admission: 'through' as const, now })
const probe = (now: number) => ({ admission: 'probe' as const, now })

function opened(now = 0): Circuit {
  const circuit = new Circuit()
  for (let unit = 0; unit < limits.circuitFailuresToOpen; unit++) circuit.report(down, through(now))
  return circuit
}

describe('Circuit', () => {
  it('opens after that many failed units in a row, and not one earlier', () => {
    const circuit = new Circuit()
    for (let unit = 1; unit < limits.circuitFailuresToOpen; unit++) circuit.report(down, through(0))
    expect(circuit.isOpen()).toBe(false)
    circuit.report(down, through(0))
    expect(circuit.isOpen()).toBe(true)
  })

  it('starts counting anew when one event of a unit got through', () => {
    const circuit = new Circuit()
    for (let unit = 0; unit < limits.circuitFailuresToOpen * 3; unit++) circuit.report(unit % 3 === 2 ? [...down, ...up] : down, through(0))
    expect(circuit.isOpen()).toBe(false)
  })

  it('starts counting anew when the other side judged an event, if only to refuse it', () => {
    const circuit = new Circuit()
    for (let unit = 0; unit < limits.circuitFailuresToOpen * 3; unit++) circuit.report(unit % 2 ? [{ kind: 'discarded', code: 'destination_rejected' }] : down, through(0))
    expect(circuit.isOpen()).toBe(false)
  })

  it('admits nothing while it rests, then one probe at a time', () => {
    const circuit = opened()
    expect(circuit.admits(limits.circuitOpenMs - 1)).toBeUndefined()
    expect(circuit.admits(limits.circuitOpenMs)).toBe('probe')
    expect(circuit.admits(limits.circuitOpenMs)).toBeUndefined()
  })

  it('closes when the probe gets through, and says so', () => {
    const circuit = opened()
    circuit.admits(limits.circuitOpenMs)
    expect(circuit.report(up, probe(limits.circuitOpenMs))).toBe(true)
    expect(circuit.admits(limits.circuitOpenMs)).toBe('through')
    expect(circuit.admits(limits.circuitOpenMs)).toBe('through')
  })

  it('rests twice as long after each failed probe, up to the limit', () => {
    const circuit = opened()
    let now = 0
    const rests: number[] = []
    for (let tries = 0; tries < 6; tries++) {
      rests.push(circuit.openUntil - now)
      now = circuit.openUntil
      expect(circuit.admits(now)).toBe('probe')
      circuit.report(down, probe(now))
    }
    expect(rests).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
  })

  it('rests no longer for what was under way when it opened', () => {
    const circuit = opened()
    for (let late = 0; late < 8; late++) circuit.report(down, through(100))
    expect(circuit.openUntil).toBe(limits.circuitOpenMs)
    circuit.admits(limits.circuitOpenMs)
    circuit.report(down, through(limits.circuitOpenMs))
    expect(circuit.admits(limits.circuitOpenMs)).toBeUndefined()
  })

  it('learns nothing from a unit that never asked the other side, and may probe again at once', () => {
    const circuit = opened()
    circuit.admits(limits.circuitOpenMs)
    expect(circuit.report([{ kind: 'filtered', code: 'filtered_by_integrations_object' }], probe(limits.circuitOpenMs))).toBe(false)
    expect(circuit.isOpen()).toBe(true)
    expect(circuit.admits(limits.circuitOpenMs)).toBe('probe')
  })

  it('is not opened by what an event or the router itself is to blame for', () => {
    const circuit = new Circuit()
    for (let unit = 0; unit < 50; unit++) {
      circuit.report([{ kind: 'retry', code: 'function_memory', strike: true }], through(0))
      circuit.report([{ kind: 'retry', code: 'functions_overloaded', free: true }], through(0))
    }
    expect(circuit.isOpen()).toBe(false)
  })
})
