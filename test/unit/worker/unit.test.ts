import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { EventCarrier } from '../../../src/model/event.ts'
import type { Entry, Job } from '../../../src/queue/queue.ts'
import { unitsOfEntries, unitsOfJobs } from '../../../src/worker/unit.ts'

const carriers = (count: number) => Array.from({ length: count }, (_, index) => new EventCarrier('{}', `m${index}`))
const entry = (id: number, sourceId: string, count: number, kind: Entry['kind'] = 'events'): Entry => ({ id, sourceId, kind, receivedAt: 1, events: carriers(count) })
const job = (id: number, count: number, strikes = 0): Job => ({
  id, lease: 7, queue: 'dst', sourceId: 'src', kind: 'events', events: carriers(count), attempt: 2, firstAt: 1, dueAt: 5, strikes, code: 'destination_error',
})

describe('unitsOfEntries', () => {
  it('puts small entries of one source together and keeps sources and kinds apart', () => {
    const units = unitsOfEntries([entry(1, 'a', 20), entry(2, 'b', 20), entry(3, 'a', 20), entry(4, 'a', 1, 'webhook')])
    expect(units.map((unit) => [unit.sourceId, unit.kind, unit.claim.entryIds, unit.items.length])).toEqual([
      ['a', 'events', [1, 3], 40], ['b', 'events', [2], 20], ['a', 'webhook', [4], 1],
    ])
  })

  it('never splits an entry, and starts a new unit when the next one would make it too large', () => {
    const units = unitsOfEntries([entry(1, 'a', 60), entry(2, 'a', 60), entry(3, 'a', 2_500)])
    expect(units.map((unit) => unit.items.length)).toEqual([60, 60, 2_500])
    expect(60 + 60).toBeGreaterThan(limits.workEventsMax)
  })
})

describe('unitsOfJobs', () => {
  it('lets due jobs share a unit, each event with its own history', () => {
    const [unit] = unitsOfJobs([job(1, 3), job(2, 4)])
    expect(unit!.claim.jobs).toEqual([{ id: 1, lease: 7 }, { id: 2, lease: 7 }])
    expect(unit!.items).toHaveLength(7)
    expect(unit!.items[0]!.state).toEqual({ attempt: 2, firstAt: 1, strikes: 0 })
  })

  it('leaves a suspect alone', () => {
    const units = unitsOfJobs([job(1, 3), job(2, 1, 1), job(3, 1, 2), job(4, 3)])
    expect(units.map((unit) => unit.claim.jobs.map((claimed) => claimed.id))).toEqual([[1], [2], [3], [4]])
  })
})
