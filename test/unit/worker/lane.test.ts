import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import type { Outcome } from '../../../src/model/outcome.ts'
import { Lane } from '../../../src/worker/lane.ts'

const now = () => 0
const noPatience = Promise.resolve()
const down: Outcome[] = [{ kind: 'retry', code: 'destination_unreachable' }]

async function fill(lane: Lane): Promise<void> {
  for (let slot = 0; slot < limits.destinationUnitsInFlightMax; slot++) expect(await lane.enter(now, noPatience)).toMatchObject({ lane, admission: 'through' })
}

describe('Lane', () => {
  it('gives out its slots and then says that the destination is saturated', async () => {
    const lane = new Lane()
    await fill(lane)
    expect(lane.freeSlots).toBe(0)
    expect(await lane.enter(now, noPatience)).toEqual({ refusal: 'destination_saturated' })
  })

  it('lets a unit wait for a slot as long as patience lasts', async () => {
    const lane = new Lane()
    await fill(lane)
    const waiting = lane.enter(now, new Promise(() => {}))
    lane.leave()
    expect(await waiting).toMatchObject({ admission: 'through' })
    expect(lane.freeSlots).toBe(0)
  })

  it('hands a freed slot to one waiter only', async () => {
    const lane = new Lane()
    await fill(lane)
    let giveUp!: () => void
    const patience = new Promise<void>((resolve) => { giveUp = resolve })
    const waiting = [lane.enter(now, patience), lane.enter(now, patience)]
    lane.leave()
    await waiting[0]
    giveUp()
    expect(await Promise.all(waiting)).toMatchObject([{ admission: 'through' }, { refusal: 'destination_saturated' }])
  })

  it('makes nobody wait once half of its work has outlived its units', async () => {
    const lane = new Lane()
    await fill(lane)
    const over = Array.from({ length: limits.destinationUnitsInFlightMax / 2 }, () => lane.markLate())
    expect(lane.slow).toBe(true)
    expect(await lane.enter(now, new Promise(() => {}))).toEqual({ refusal: 'destination_saturated' })
    over[0]!()
    expect(lane.slow).toBe(false)
  })

  it('refuses while the circuit is open and takes one probe afterwards', async () => {
    const lane = new Lane()
    for (let unit = 0; unit < limits.circuitFailuresToOpen; unit++) lane.circuit.report(down, { admission: 'through', now: 0 })
    expect(await lane.enter(now, noPatience)).toEqual({ refusal: 'circuit_open' })
    const later = () => lane.circuit.openUntil
    expect(await lane.enter(later, noPatience)).toMatchObject({ admission: 'probe' })
    expect(await lane.enter(later, noPatience)).toEqual({ refusal: 'circuit_open' })
    expect(lane.freeSlots).toBe(limits.destinationUnitsInFlightMax - 1)
  })
})
