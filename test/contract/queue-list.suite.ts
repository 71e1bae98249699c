/** What the list of deliveries and the revival of ended ones promise. Part of `queue.suite.ts`. */
import { expect, test } from 'vitest'
import type { ListedDelivery, ListRequest, Queue } from '../../src/queue/queue.ts'
import { carrier, delivered, entry, idsOf, job, record, settlement } from '../support/queue-material.ts'
import type { QueueUnderTest } from './queue-under-test.ts'

const DUE = { queues: ['dst_1'], jobsMax: 1_000, leaseMs: 60_000 }

export function describeQueueList(under: QueueUnderTest): void {
  const end = (more: Parameters<typeof settlement>[0]) => under.queue.settle(settlement(more))
  const listed = async (request: Partial<ListRequest>): Promise<string[]> => idsOf((await under.queue.list({ count: 100, ...request })).deliveries)

  test('shows ended and parked deliveries, newest first, with what is known of each', async () => {
    const now = under.clock.now()
    const detail = { error: { name: 'TypeError', message: 'x is not a function', line: 3 } }
    await end({
      delivered: [delivered(['m1', 'm2'], { at: now - 30 })],
      records: [record('m3', { at: now - 20, message: 'no luck', detail }), record('m4', { at: now - 10, outcome: 'filtered', code: 'dropped_by_function', attempts: 1 })],
      parked: [job(['m5'], { dueAt: now + 5, message: 'busy' })],
    })
    const { deliveries, next } = await under.queue.list({ count: 10 })
    expect(next).toBeUndefined()
    expect(deliveries.map(({ messageId, outcome, attempts, at }) => [messageId, outcome, attempts, at])).toEqual([
      ['m5', 'pending', 1, now], ['m4', 'filtered', 1, now - 10], ['m3', 'buried', 3, now - 20], ['m2', 'delivered', 1, now - 30], ['m1', 'delivered', 1, now - 30],
    ])
    expect(deliveries[0]).toMatchObject({ dueAt: now + 5, code: 'destination_busy', message: 'busy', event: carrier('m5').text })
    expect(deliveries[2]).toMatchObject({ sourceId: 'src_a', destinationId: 'dst_1', code: 'destination_error', message: 'no luck', detail, event: carrier('m3').text })
    expect(deliveries[3]).not.toHaveProperty('event')
  })

  test('filters by source, destination, outcome, message and time', async () => {
    await end({
      delivered: [delivered(['m1', 'm2'], { at: 1_000 }), delivered(['m1'], { destinationId: 'dst_2', at: 2_000 })],
      records: [record('m3', { at: 3_000 }), record('m4', { at: 4_000, outcome: 'discarded' }), record('m5', { at: 5_000, sourceId: 'src_b', destinationId: 'dst_2' })],
      parked: [job(['m6']), job(['m7'], { queue: 'dst_2', sourceId: 'src_b' })],
    })
    expect(await listed({ sourceId: 'src_b' })).toEqual(['m7', 'm5'])
    expect(await listed({ destinationId: 'dst_1' })).toEqual(['m6', 'm4', 'm3', 'm2', 'm1'])
    expect(await listed({ outcome: 'pending' })).toEqual(['m7', 'm6'])
    expect(await listed({ outcome: 'buried' })).toEqual(['m5', 'm3'])
    expect(await listed({ destinationId: 'dst_1', outcome: 'discarded' })).toEqual(['m4'])
    expect((await under.queue.list({ count: 9, messageId: 'm1' })).deliveries.map(({ destinationId }) => destinationId)).toEqual(['dst_2', 'dst_1'])
    expect(await listed({ messageId: 'm6' })).toEqual(['m6'])
    expect(await listed({ from: 2_000, to: 4_000 })).toEqual(['m3', 'm1'])
    expect(await listed({ messageId: 'none' })).toEqual([])
  })

  test('gives pages that hold every row once, also while new rows arrive', async () => {
    const expected: string[] = []
    for (let index = 0; index < 40; index++) {
      const ids = Array.from({ length: 7 }, (_, at) => `m${index}-${at}`)
      expected.unshift(...ids.toReversed())
      if (index % 3 === 0) await end({ delivered: [delivered(ids, { at: under.clock.now() })] })
      else if (index % 3 === 1) await end({ records: ids.map((id) => record(id, { at: under.clock.now() })) })
      else await end({ parked: [job(ids)] })
      under.clock.advance(index % 4)
    }
    const seen: ListedDelivery[] = []
    let cursor: string | undefined
    do {
      const page = await under.queue.list({ count: 9, cursor })
      seen.push(...page.deliveries)
      cursor = page.next
      under.clock.advance(1)
      await end({ records: [record(`new${seen.length}`, { at: under.clock.now() })] })
    } while (cursor)
    expect(idsOf(seen)).toEqual(expected)
    expect(new Set(seen.map(({ id }) => id)).size).toBe(expected.length)
  })

  test('refuses a cursor that it did not give', async () => {
    await expect(under.queue.list({ count: 1, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  test('keeps a bounded number of records and plain successes, the newest ones', async () => {
    const queue = await under.reopen({ recordsPerConnectionMax: 20, filteredRecordsPerConnectionMax: 10, deliveredBatchesPerConnectionMax: 5 })
    for (let index = 0; index < 60; index++) {
      await end({
        delivered: [delivered([`d${index}`], { at: index })],
        records: [record(`b${index}`, { at: index }), record(`f${index}`, { at: index, outcome: 'filtered', code: 'dropped_by_function' })],
      })
    }
    const kept = async (outcome: 'buried' | 'filtered' | 'delivered'): Promise<string[]> => listed({ outcome })
    await expect.poll(() => kept('delivered')).toEqual(['d59', 'd58', 'd57', 'd56', 'd55'])
    await expect.poll(async () => (await kept('filtered')).length).toBe(10)
    await expect.poll(async () => (await kept('buried')).length).toBe(20)
    expect((await kept('buried'))[0]).toBe('b59')
    expect((await queue.ledger())[0]?.connections[0]).toMatchObject({ delivered: 60, buried: 60, filtered: 60 })
  })

  test('revives what matches, in full, due at once with a fresh retry window, and the ledger follows', async () => {
    await under.queue.append(entry(['m1', 'm2', 'm3', 'm4']))
    await end({ records: [record('m1'), record('m2', { at: 9_000 }), record('m3', { outcome: 'discarded', code: 'bad_request' }), record('m4', { destinationId: 'dst_2' })] })
    expect(await under.queue.revive({ destinationId: 'dst_1', outcome: 'buried' })).toBe(2)
    expect((await under.queue.ledger())[0]?.connections).toEqual([
      { destinationId: 'dst_1', delivered: 0, filtered: 0, discarded: 1, buried: 0, pending: 6 },
      { destinationId: 'dst_2', delivered: 0, filtered: 0, discarded: 0, buried: 1, pending: 4 },
    ])
    const jobs = await under.queue.claimDue(DUE)
    expect(jobs.flatMap(({ events }) => events.map(({ text }) => text)).toSorted()).toEqual([carrier('m1').text, carrier('m2').text].toSorted())
    const now = under.clock.now()
    for (const one of jobs) expect(one).toMatchObject({ queue: 'dst_1', sourceId: 'src_a', attempt: 0, firstAt: now, dueAt: now, strikes: 0 })
    expect(await listed({ destinationId: 'dst_1', outcome: 'buried' })).toEqual([])
  })

  test('revives by message and by time, and leaves the rest as it was', async () => {
    await end({ records: ['m1', 'm2', 'm3', 'm4'].map((id) => record(id, { at: 1_000 })) })
    await end({ records: [record('m5', { at: 2_000 }), record('m6', { at: 3_000 })] })
    expect(await under.queue.revive({ destinationId: 'dst_1', outcome: 'buried', messageIds: ['m2', 'm4', 'm6', 'none'], to: 3_000 })).toBe(2)
    expect(await listed({ outcome: 'buried' })).toEqual(['m6', 'm5', 'm3', 'm1'])
    expect((await under.queue.claimDue(DUE)).flatMap(({ events }) => idsOf(events))).toEqual(['m2', 'm4'])
    expect(await under.queue.revive({ destinationId: 'dst_1', outcome: 'buried', from: 2_000, to: 3_000 })).toBe(1)
    expect(await listed({ outcome: 'buried' })).toEqual(['m6', 'm3', 'm1'])
    expect(await under.queue.revive({ destinationId: 'dst_2', outcome: 'buried' })).toBe(0)
  })

  test('revives each record as the kind it is of, and never mixes kinds in one job', async () => {
    const kinds = ['events', 'untransformed', 'events', 'untransformed', 'untransformed'] as const
    await end({ records: kinds.map((kind, index) => record(`m${index}`, { kind })) })
    expect(await under.queue.revive({ destinationId: 'dst_1', outcome: 'buried' })).toBe(5)
    const jobs = await (await under.reopen()).claimDue(DUE)
    expect(jobs.map(({ kind, events }) => [kind, ...idsOf(events)]).toSorted()).toEqual([['events', 'm0', 'm2'], ['untransformed', 'm1', 'm3', 'm4']])
    expect(jobs.flatMap(({ events }) => events.map(({ text }) => text)).toSorted()).toEqual(idsOf(jobs.flatMap(({ events }) => events)).map((id) => carrier(id).text).toSorted())
    expect(await balance(under.queue)).toMatchObject({ buried: 0, pending: 5 })
  })

  test('parks and hands out events that are still to be transformed, and counts them as the destination\'s', async () => {
    await under.queue.append(entry(['m1']))
    await end({ parked: [job(['m1'], { kind: 'untransformed' }), job(['m2'])] })
    expect((await under.queue.claimDue(DUE)).map(({ kind }) => kind).toSorted()).toEqual(['events', 'untransformed'])
    expect(await under.queue.ledger()).toMatchObject([{ accepted: 1, settled: 0, connections: [{ pending: 3 }] }])
  })

  test('of a source revives its webhooks alone, however many refused events are in between', async () => {
    await under.queue.append(entry(['m1']))
    const before = await under.queue.ledger()
    const destinationId = 'source:src_a'
    for (let part = 0; part < 3; part++) {
      const refused = Array.from({ length: 120 }, (_, index) => record(`hook${part}-${index}`, { destinationId, outcome: 'discarded', code: 'bad_event', at: 1_000 + part }))
      await end({ records: [...refused, record(`hook${part}`, { destinationId, kind: 'webhook', outcome: 'discarded', code: 'bad_request', at: 1_000 + part })] })
    }
    const hooks = ['hook0', 'hook1', 'hook2']
    expect(await under.queue.revive({ destinationId, outcome: 'discarded', messageIds: ['hook0-1', 'hook0'] })).toBe(1)
    expect(await under.queue.revive({ destinationId, outcome: 'discarded' })).toBe(2)
    expect(await under.queue.revive({ destinationId, outcome: 'discarded' })).toBe(0)
    const jobs = await under.queue.claimDue({ ...DUE, queues: [destinationId] })
    for (const one of jobs) expect(one).toMatchObject({ queue: destinationId, kind: 'webhook', attempt: 0 })
    expect(jobs.flatMap(({ events }) => idsOf(events)).toSorted()).toEqual(hooks)
    await end({ jobs: jobs.map(({ id, lease }) => ({ id, lease })) })
    expect(await under.queue.ledger()).toEqual(before)
  })

  test('revives thousands in jobs of a size that a worker takes', async () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => `m${index}`)
    for (let start = 0; start < ids.length; start += 500) {
      await end({ records: ids.slice(start, start + 500).map((id, index) => record(id, { at: 1_000 + index })) })
    }
    expect(await under.queue.revive({ destinationId: 'dst_1', outcome: 'buried' })).toBe(2_500)
    const jobs = await under.queue.claimDue(DUE)
    expect(jobs.flatMap(({ events }) => idsOf(events)).toSorted()).toEqual(ids.toSorted())
    expect(Math.max(...jobs.map(({ events }) => events.length))).toBeLessThanOrEqual(100)
    expect(await balance(under.queue)).toMatchObject({ buried: 0, pending: 2_500 })
  })
}

async function balance(queue: Queue): Promise<unknown> {
  return (await queue.ledger())[0]?.connections[0]
}
