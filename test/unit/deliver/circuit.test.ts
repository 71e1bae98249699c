import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { Circuit } from '../../../src/deliver/circuit.ts'
import type { Outcome } from '../../../src/model/outcome.ts'

const down: Outcome[] = [{ kind: 'retry', code: 'destination_unreachable' }]
const up: Outcome[] = [{ kind: 'delivered' }]

function opened(now = 0): Circuit {
  const circuit = new Circuit()
  for (let unit = 0; unit < limits.circuitFailuresToOpen; unit++) circuit.report(down, now)
  return circuit
}

describe('Circuit', () => {
  it('opens after that many failed units in a row, and not one earlier', () => {
    const circuit = new Circuit()
    for (let unit = 1; unit < limits.circuitFailuresToOpen; unit++) circuit.report(down, 0)
    expect(circuit.isOpen()).toBe(false)
    circuit.report(down, 0)
    expect(circuit.isOpen()).toBe(true)
  })

  it('starts counting anew when one event of a unit got through', () => {
    const circuit = new Circuit()
    for (let unit = 0; unit < limits.circuitFailuresToOpen * 3; unit++) circuit.report(unit % 3 === 2 ? [...down, ...up] : down, 0)
    expect(circuit.isOpen()).toBe(false)
  })

  it('admits nothing while it rests, then one probe at a time', () => {
    const circuit = opened()
    expect(circuit.admits(limits.circuitOpenMs - 1)).toBe(false)
    expect(circuit.admits(limits.circuitOpenMs)).toBe(true)
    expect(circuit.admits(limits.circuitOpenMs)).toBe(false)
  })

  it('closes when the probe gets through, and says so', () => {
    const circuit = opened()
    circuit.admits(limits.circuitOpenMs)
    expect(circuit.report(up, limits.circuitOpenMs)).toBe(true)
    expect(circuit.admits(limits.circuitOpenMs)).toBe(true)
    expect(circuit.admits(limits.circuitOpenMs)).toBe(true)
  })

  it('rests twice as long after each failed probe, up to the limit', () => {
    const circuit = opened()
    let now = 0
    const rests: number[] = []
    for (let probe = 0; probe < 6; probe++) {
      rests.push(circuit.openUntil - now)
      now = circuit.openUntil
      expect(circuit.admits(now)).toBe(true)
      circuit.report(down, now)
    }
    expect(rests).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
  })

  it('is not opened by what an event or the router itself is to blame for', () => {
    const circuit = new Circuit()
    for (let unit = 0; unit < 50; unit++) {
      circuit.report([{ kind: 'retry', code: 'function_memory', strike: true }], 0)
      circuit.report([{ kind: 'retry', code: 'functions_overloaded', free: true }], 0)
      circuit.report([{ kind: 'discarded', code: 'destination_rejected' }], 0)
    }
    expect(circuit.isOpen()).toBe(false)
  })
})
