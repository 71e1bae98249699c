/**
 * What every queue promises, whatever it keeps its state in. `describeQueue(name, prepare)` runs all of it; each implementation has a
 * test file that calls it.
 */
import { describe, expect, test } from 'vitest'
import { carriers, delivered, entry, idsOf, job, record, settlement } from '../support/queue-material.ts'
import { seededRandom, testSeed } from '../support/seeded-random.ts'
import { describeQueueList } from './queue-list.suite.ts'
import { followModel } from './queue-model.ts'
import { eachWithQueue } from './queue-under-test.ts'
import type { PrepareQueue, QueueUnderTest } from './queue-under-test.ts'

const NOW = { eventsMax: 100, leaseMs: 60_000, waitMs: 0 }
const DAY_MS = 24 * 3_600_000

export function describeQueue(name: string, prepare: PrepareQueue): void {
  describe(name, () => {
    describe('append', () => describeAppend(eachWithQueue(prepare)))
    describe('claim', () => describeClaim(eachWithQueue(prepare)))
    describe('settle', () => describeSettle(eachWithQueue(prepare)))
    describe('parked jobs', () => describeJobs(eachWithQueue(prepare)))
    describe('the ledger', () => describeLedger(eachWithQueue(prepare)))
    describe('list and revive', () => describeQueueList(eachWithQueue(prepare)))
    describe('reopening and closing', () => describeReopen(eachWithQueue(prepare)))
  })
}

function describeAppend(under: QueueUnderTest): void {
  test('gives entries ascending ids and hands out what came in, letter by letter', async () => {
    const first = await under.queue.append(entry(['m1', 'm2']))
    const second = await under.queue.append(entry(['m3'], { receivedAt: 5_000 }))
    expect(second.entryId).toBeGreaterThan(first.entryId)
    const entries = await under.queue.claim(NOW)
    expect(entries.map(({ id, receivedAt, kind, sourceId }) => ({ id, receivedAt, kind, sourceId }))).toEqual([
      { id: first.entryId, receivedAt: 1_000, kind: 'events', sourceId: 'src_a' },
      { id: second.entryId, receivedAt: 5_000, kind: 'events', sourceId: 'src_a' },
    ])
    expect(entries.flatMap(({ events }) => events.map(({ text }) => text))).toEqual(carriers('m1', 'm2', 'm3').map(({ text }) => text))
  })

  test('leaves out and names the events that the source has sent before', async () => {
    await under.queue.append(entry(['m1', 'm2']))
    const again = await under.queue.append(entry(['m2', 'm3', 'm1', 'm4']))
    expect(again.repeated).toEqual([0, 2])
    const entries = await under.queue.claim(NOW)
    expect(entries.map(({ events }) => idsOf(events))).toEqual([['m1', 'm2'], ['m3', 'm4']])
  })

  test('keeps the texts of what was new, also in the file', async () => {
    await under.queue.append(entry(['m2']))
    await under.queue.append(entry(['m1', 'm2', 'm3']))
    const entries = await (await under.reopen()).claim(NOW)
    expect(entries.flatMap(({ events }) => events.map(({ text }) => text))).toEqual(carriers('m2', 'm1', 'm3').map(({ text }) => text))
  })

  test('sees a repeat inside one entry', async () => {
    expect((await under.queue.append(entry(['m1', 'm2', 'm1']))).repeated).toEqual([2])
  })

  test('writes no entry when nothing is left of it', async () => {
    await under.queue.append(entry(['m1']))
    expect(await under.queue.append(entry(['m1']))).toEqual({ entryId: 0, repeated: [0] })
    expect(under.queue.depth().entries).toBe(1)
  })

  test('takes the same id from two sources, and from a webhook and an event', async () => {
    expect((await under.queue.append(entry(['m1']))).repeated).toEqual([])
    expect((await under.queue.append(entry(['m1'], { sourceId: 'src_b' }))).repeated).toEqual([])
    expect((await under.queue.append(entry(['m1'], { kind: 'webhook' }))).repeated).toEqual([])
  })

  test('remembers an id for the whole window, also over a restart, and not longer', async () => {
    await under.queue.append(entry(['m1']))
    under.clock.advance(DAY_MS - 2_000)
    expect((await under.queue.append(entry(['m1']))).repeated).toEqual([0])
    await under.reopen()
    expect((await under.queue.append(entry(['m1']))).repeated).toEqual([0])
    under.clock.advance(4_000)
    expect((await under.queue.append(entry(['m1']))).repeated).toEqual([])
    expect((await under.queue.append(entry(['m1']))).repeated).toEqual([0])
  })

  test('of many at once accepts each id exactly once', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => under.queue.append(entry([`m${index % 20}`, `n${index}`]))))
    expect(answers.flatMap(({ repeated }) => repeated)).toHaveLength(40)
    expect((await under.queue.ledger())[0]?.accepted).toBe(80)
  })

  test('refuses with queue_full when the log is too deep, and takes entries again once it is not', async () => {
    const queue = await under.reopen({ logBytesMax: 2_000 })
    await expect((async () => {
      for (let index = 0; index < 100; index++) await queue.append(entry([`m${index}`]))
    })()).rejects.toMatchObject({ code: 'queue_full' })
    expect(queue.depth().bytes).toBeLessThanOrEqual(2_000)
    const entries = await queue.claim(NOW)
    await queue.settle(settlement({ entryIds: entries.map(({ id }) => id) }))
    expect(queue.depth()).toMatchObject({ entries: 0, bytes: 0 })
    expect((await queue.append(entry(['later']))).repeated).toEqual([])
  })
}

function describeClaim(under: QueueUnderTest): void {
  test('hands out oldest first, whole entries, until the number of events is reached', async () => {
    for (const ids of [['a1', 'a2'], ['b1', 'b2'], ['c1']]) await under.queue.append(entry(ids))
    const claims = [await under.queue.claim({ ...NOW, eventsMax: 3 }), await under.queue.claim({ ...NOW, eventsMax: 3 })]
    expect(claims.map((entries) => entries.map(({ events }) => idsOf(events)))).toEqual([[['a1', 'a2'], ['b1', 'b2']], [['c1']]])
  })

  test('hands out at least one entry, however many events it has', async () => {
    await under.queue.append(entry(['m1', 'm2', 'm3']))
    expect(await under.queue.claim({ ...NOW, eventsMax: 1 })).toHaveLength(1)
  })

  test('gives each entry to one caller only', async () => {
    for (let index = 0; index < 20; index++) await under.queue.append(entry([`m${index}`]))
    const claims = await Promise.all(Array.from({ length: 8 }, () => under.queue.claim({ ...NOW, eventsMax: 3 })))
    const ids = claims.flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(20)
    expect(ids).toHaveLength(20)
  })

  test('answers at once with nothing when it is not to wait', async () => {
    expect(await under.queue.claim(NOW)).toEqual([])
  })

  test('wakes as soon as something is there', async () => {
    const claim = under.queue.claim({ ...NOW, waitMs: 10_000 })
    await under.queue.append(entry(['m1']))
    expect(await claim).toHaveLength(1)
  })

  test('gives up waiting after its time', async () => {
    const claim = under.queue.claim({ ...NOW, waitMs: 10_000 })
    while (under.clock.sleepers() === 0) await new Promise(setImmediate)
    under.clock.advance(10_000)
    expect(await claim).toEqual([])
  })

  test('hands an unsettled entry out again when its lease has ended, before younger ones', async () => {
    await under.queue.append(entry(['m1']))
    const [first] = await under.queue.claim(NOW)
    await under.queue.append(entry(['m2']))
    under.clock.advance(59_999)
    expect((await under.queue.claim({ ...NOW, eventsMax: 1 })).map(({ events }) => idsOf(events))).toEqual([['m2']])
    under.clock.advance(1)
    const again = await under.queue.claim(NOW)
    expect(again.map(({ id }) => id)).toEqual([first?.id])
    expect(again[0]?.events[0]?.text).toBe(first?.events[0]?.text)
  })

  test('wakes a waiting caller when a lease ends', async () => {
    await under.queue.append(entry(['m1']))
    await under.queue.claim({ ...NOW, leaseMs: 1_000 })
    const claim = under.queue.claim({ ...NOW, waitMs: 60_000 })
    while (under.clock.sleepers() === 0) await new Promise(setImmediate)
    under.clock.advance(1_000)
    expect(await claim).toHaveLength(1)
  })
}

function describeSettle(under: QueueUnderTest): void {
  test('ends an entry once; the second time nothing happens at all', async () => {
    const { entryId } = await under.queue.append(entry(['m1']))
    await under.queue.claim(NOW)
    const ending = settlement({ entryIds: [entryId], delivered: [delivered(['m1'])] })
    expect(await under.queue.settle(ending)).toEqual({ applied: true, jobs: [] })
    const ledger = await under.queue.ledger()
    expect(await under.queue.settle({ ...ending, records: [record('m1')], parked: [job(['m1'])], derived: [entry(['m9'])] })).toMatchObject({ applied: false })
    expect(await under.queue.ledger()).toEqual(ledger)
    expect(under.queue.depth()).toMatchObject({ entries: 0, parked: {} })
    expect((await under.queue.append(entry(['m9']))).repeated).toEqual([])
  })

  test('is refused as a whole when one of its claims is lost', async () => {
    const kept = await under.queue.append(entry(['m1']))
    const gone = await under.queue.append(entry(['m2']))
    await under.queue.claim(NOW)
    await under.queue.settle(settlement({ entryIds: [gone.entryId] }))
    expect(await under.queue.settle(settlement({ entryIds: [kept.entryId, gone.entryId] }))).toMatchObject({ applied: false })
    expect(under.queue.depth().entries).toBe(1)
  })

  test('appends events made from webhooks in the same step, without repeats', async () => {
    const { entryId } = await under.queue.append(entry(['hook'], { kind: 'webhook' }))
    await under.queue.append(entry(['m1']))
    await under.queue.claim(NOW)
    await under.queue.settle(settlement({ entryIds: [entryId], derived: [entry(['m1', 'm2']), entry(['m2'])] }))
    expect((await under.queue.claim(NOW)).map(({ events }) => idsOf(events))).toEqual([['m2']])
    expect((await under.queue.ledger())[0]).toMatchObject({ accepted: 2, settled: 0 })
  })

  test('settles an entry whose lease ran out while nobody else had it', async () => {
    const { entryId } = await under.queue.append(entry(['m1']))
    await under.queue.claim(NOW)
    under.clock.advance(100_000)
    expect(await under.queue.settle(settlement({ entryIds: [entryId] }))).toMatchObject({ applied: true })
    expect(await under.queue.claim(NOW)).toEqual([])
  })
}

function describeJobs(under: QueueUnderTest): void {
  const due = { queues: ['dst_1'], jobsMax: 10, leaseMs: 60_000 }
  const park = (...parked: ReturnType<typeof job>[]) => under.queue.settle(settlement({ parked }))

  test('come when they are due, longest due first, with all that was parked', async () => {
    const now = under.clock.now()
    const detail = { status: 503, responseBody: 'busy' }
    await park(job(['m2'], { dueAt: now - 1 }), job(['m1'], { dueAt: now - 5, message: 'slow down', detail, strikes: 2 }), job(['m3'], { dueAt: now + 1_000 }))
    const jobs = await under.queue.claimDue(due)
    expect(jobs.map(({ events }) => idsOf(events))).toEqual([['m1'], ['m2']])
    expect(jobs[0]).toMatchObject({ queue: 'dst_1', sourceId: 'src_a', kind: 'events', attempt: 1, firstAt: 1_500, strikes: 2, code: 'destination_busy', message: 'slow down', detail })
    expect(jobs[0]?.events[0]?.text).toBe(carriers('m1')[0]?.text)
    under.clock.advance(1_000)
    expect((await under.queue.claimDue(due)).map(({ events }) => idsOf(events))).toEqual([['m3']])
  })

  test('come only from the queues asked for, no more than asked for', async () => {
    await park(job(['m1']), job(['m2'], { queue: 'dst_2' }), job(['m3']), job(['m4']))
    expect((await under.queue.claimDue({ ...due, jobsMax: 2 })).map(({ queue }) => queue)).toEqual(['dst_1', 'dst_1'])
    expect(await under.queue.claimDue({ ...due, queues: ['dst_3'] })).toEqual([])
    expect(under.queue.depth().parked).toEqual({ dst_1: 3, dst_2: 1 })
  })

  test('are leased: an old lease settles nothing, and the ledger does not move', async () => {
    await under.queue.append(entry(['m1']))
    await park(job(['m1']))
    const [first] = await under.queue.claimDue(due)
    expect(await under.queue.claimDue(due)).toEqual([])
    under.clock.advance(60_000)
    const [second] = await under.queue.claimDue(due)
    expect(second).toMatchObject({ id: first!.id })
    const before = await under.queue.ledger()
    const stale = settlement({ jobs: [{ id: first!.id, lease: first!.lease }], delivered: [delivered(['m1'])], records: [record('m1')], parked: [job(['m1'])], derived: [entry(['m2'])] })
    expect(await under.queue.settle(stale)).toMatchObject({ applied: false })
    expect(await under.queue.ledger()).toEqual(before)
    expect((await under.queue.list({ count: 10 })).deliveries).toHaveLength(1)
    expect(await under.queue.settle(settlement({ jobs: [{ id: second!.id, lease: second!.lease }], delivered: [delivered(['m1'])] }))).toMatchObject({ applied: true })
    expect(under.queue.depth().parked).toEqual({})
  })

  test('parked as claimed stay with the caller until then, and are settled with the lease they were given', async () => {
    const { jobs } = await park(job(['m1'], { leasedUntil: under.clock.now() + 5_000 }), job(['m2'], { leasedUntil: under.clock.now() + 5_000 }), job(['m3']))
    expect((await under.queue.claimDue(due)).map(({ id }) => id)).toEqual([jobs[2]?.id])
    expect(await under.queue.settle(settlement({ jobs: [jobs[0]!], delivered: [delivered(['m1'])] }))).toMatchObject({ applied: true })
    under.clock.advance(5_000)
    const [claimed] = await under.queue.claimDue(due)
    expect(claimed).toMatchObject({ id: jobs[1]?.id })
    expect(await under.queue.settle(settlement({ jobs: [jobs[1]!] }))).toMatchObject({ applied: false })
  })

  test('are hastened where that is earlier, unless they are claimed or of another queue', async () => {
    const now = under.clock.now()
    await park(
      job(['late'], { dueAt: now + 90_000 }), job(['early'], { dueAt: now - 5 }), job(['other'], { queue: 'dst_2', dueAt: now + 90_000 }),
      job(['claimed'], { dueAt: now + 90_000, leasedUntil: now + 30_000 }),
    )
    await under.queue.hasten('dst_1', now)
    const jobs = await under.queue.claimDue({ ...due, queues: ['dst_1', 'dst_2'] })
    expect(jobs.map(({ events, dueAt }) => [idsOf(events)[0], dueAt])).toEqual([['early', now - 5], ['late', now]])
    under.clock.advance(30_000)
    expect(await under.queue.claimDue({ ...due, leaseMs: 1 })).toEqual([])
  })
}

function describeLedger(under: QueueUnderTest): void {
  test('counts each event under what became of it', async () => {
    const { entryId } = await under.queue.append(entry(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']))
    expect(await under.queue.ledger()).toEqual([{ sourceId: 'src_a', accepted: 6, settled: 0, connections: [] }])
    await under.queue.settle(settlement({
      entryIds: [entryId],
      delivered: [delivered(['m1', 'm2'])],
      records: [record('m3', { outcome: 'filtered', code: 'dropped_by_function' }), record('m4', { outcome: 'discarded', code: 'bad_request' }), record('m5')],
      parked: [job(['m6'])],
    }))
    const connection = { destinationId: 'dst_1', delivered: 2, filtered: 1, discarded: 1, buried: 1, pending: 1 }
    expect(await under.queue.ledger('src_a')).toEqual([{ sourceId: 'src_a', accepted: 6, settled: 6, connections: [connection] }])
    expect(await under.queue.ledger('src_none')).toEqual([])
  })

  test('counts events parked for their source\'s own function as not settled until that job is', async () => {
    const { entryId } = await under.queue.append(entry(['m1', 'm2', 'm3']))
    await under.queue.settle(settlement({ entryIds: [entryId], delivered: [delivered(['m1'])], parked: [job(['m2', 'm3'], { queue: 'source:src_a' })] }))
    expect((await under.queue.ledger())[0]).toMatchObject({ accepted: 3, settled: 1, connections: [{ delivered: 1, pending: 2 }] })
    const [held] = await under.queue.claimDue({ queues: ['source:src_a'], jobsMax: 1, leaseMs: 1_000 })
    await under.queue.settle(settlement({ jobs: [held!], delivered: [delivered(['m2'])], parked: [job(['m3'], { queue: 'source:src_a', attempt: 2 })] }))
    expect((await under.queue.ledger())[0]).toMatchObject({ accepted: 3, settled: 2, connections: [{ delivered: 2, pending: 1 }] })
    const [last] = await under.queue.claimDue({ queues: ['source:src_a'], jobsMax: 1, leaseMs: 1_000 })
    await under.queue.settle(settlement({ jobs: [last!], parked: [job(['m3'])] }))
    expect((await under.queue.ledger())[0]).toMatchObject({ accepted: 3, settled: 3, connections: [{ delivered: 2, pending: 1 }] })
  })

  test('does not count webhooks, in the log or parked', async () => {
    const { entryId } = await under.queue.append(entry(['hook'], { kind: 'webhook' }))
    await under.queue.settle(settlement({ entryIds: [entryId], parked: [job(['hook'], { kind: 'webhook', queue: 'source:src_a' })] }))
    const [held] = await under.queue.claimDue({ queues: ['source:src_a'], jobsMax: 1, leaseMs: 1_000 })
    expect(held?.kind).toBe('webhook')
    await under.queue.settle(settlement({ jobs: [held!], derived: [entry(['m1'])] }))
    expect(await under.queue.ledger()).toEqual([{ sourceId: 'src_a', accepted: 1, settled: 0, connections: [] }])
  })

  test('agrees with a simple model after every step of a long random run', { timeout: 60_000 }, async () => {
    const seed = testSeed()
    console.info(`queue model: SLUICE_TEST_SEED=${seed}`)
    expect(await followModel(under, seededRandom(seed), 250)).toBeGreaterThan(100)
  })
}

function describeReopen(under: QueueUnderTest): void {
  test('hands everything unsettled out again, oldest first, claimed or not', async () => {
    for (let index = 0; index < 30; index++) await under.queue.append(entry([`m${index}`]))
    const claimed = await under.queue.claim({ ...NOW, eventsMax: 10 })
    await under.queue.settle(settlement({ entryIds: claimed.slice(0, 5).map(({ id }) => id), parked: [job(['p1'])] }))
    await under.queue.claimDue({ queues: ['dst_1'], jobsMax: 1, leaseMs: 60_000 })
    const ledger = await under.queue.ledger()
    const depth = under.queue.depth()
    const queue = await under.reopen()
    expect(queue.depth()).toEqual(depth)
    expect(await queue.ledger()).toEqual(ledger)
    const again = await queue.claim(NOW)
    expect(again.flatMap(({ events }) => idsOf(events))).toEqual(Array.from({ length: 25 }, (_, index) => `m${index + 5}`))
    expect(again[0]?.events[0]?.text).toBe(carriers('m5')[0]?.text)
    expect(await queue.claimDue({ queues: ['dst_1'], jobsMax: 1, leaseMs: 1 })).toHaveLength(1)
  })

  test('finishes what is under way before it closes, and refuses every call afterwards', async () => {
    const { queue } = under
    const appends = Array.from({ length: 20 }, (_, index) => queue.append(entry([`m${index}`])))
    const waiting = queue.claim({ ...NOW, eventsMax: 1_000, waitMs: 60_000 })
    await queue.close()
    expect((await Promise.all(appends)).every(({ entryId }) => entryId > 0)).toBe(true)
    await waiting
    const refused = { code: 'queue_unavailable' }
    await expect(queue.append(entry(['x']))).rejects.toMatchObject(refused)
    await expect(queue.claim(NOW)).rejects.toMatchObject(refused)
    await expect(queue.settle(settlement({}))).rejects.toMatchObject(refused)
    await expect(queue.claimDue({ queues: ['dst_1'], jobsMax: 1, leaseMs: 1 })).rejects.toMatchObject(refused)
    await expect(queue.ledger()).rejects.toMatchObject(refused)
    await expect(queue.list({ count: 1 })).rejects.toMatchObject(refused)
    expect(() => queue.depth()).toThrow(expect.objectContaining(refused))
    expect((await under.reopen()).depth().entries).toBe(20)
  })
}
