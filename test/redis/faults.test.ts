import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import type { Limits } from '../../src/base/limits.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Entry, Queue } from '../../src/queue/queue.ts'
import { openRedisQueue } from '../../src/queue/redis.ts'
import { eventually } from '../support/eventually.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { delivered, entry, idsOf, job, settlement } from '../support/queue-material.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

const CLAIM = { eventsMax: 1_000, leaseMs: 60_000, waitMs: 0 }
const CALL_MS = 500

let server: RedisServer
const opened: Queue[] = []

beforeEach(async () => { server = await startRedis() })
afterEach(async () => {
  server.resume()
  for (const queue of opened.splice(0)) await queue.close()
  await server.remove()
})

async function open(options: { limits?: Partial<Limits>, consumer?: string, clock?: Clock } = {}): Promise<Queue> {
  const queue = await openRedisQueue({ owner: 'tests', url: server.url, clock: systemClock, log: silentLog, ...options, limits: { redisCallMs: CALL_MS, ...options.limits } })
  opened.push(queue)
  return queue
}

/** Appends from many callers at once until told to stop; what was refused is sent again, as clients do. */
function startLoad(queue: Queue): { accepted: Set<string>, sent: Set<string>, refusals: unknown[], stop(): Promise<void> } {
  const load = { accepted: new Set<string>(), sent: new Set<string>(), refusals: [] as unknown[], stop: async () => {} }
  const stop = new AbortController()
  const callers = Array.from({ length: 8 }, async (_, caller) => {
    for (let index = 0; !stop.signal.aborted; index++) {
      const ids = [`m${caller}-${index}-a`, `m${caller}-${index}-b`]
      for (const id of ids) load.sent.add(id)
      for (let accepted = false; !accepted && !stop.signal.aborted;) {
        try {
          await queue.append(entry(ids, { sourceId: `src_${caller % 3}` }))
          for (const id of ids) load.accepted.add(id)
          accepted = true
        } catch (thrown) {
          load.refusals.push(thrown)
          await systemClock.sleep(20)
        }
      }
    }
  })
  load.stop = async () => {
    stop.abort()
    await Promise.all(callers)
  }
  return load
}

async function claimAll(queue: Queue): Promise<Entry[]> {
  const all: Entry[] = []
  for (;;) {
    const entries = await queue.claim(CLAIM)
    if (entries.length === 0) return all
    all.push(...entries)
  }
}

const codesOf = (errors: readonly unknown[]): unknown[] => [...new Set(errors.map((error) => (error as { code?: unknown }).code))]

test('a killed Redis loses no acknowledged append, and the queue goes on when it is back', async () => {
  const queue = await open()
  const load = startLoad(queue)
  for (let round = 1; round <= 4; round++) {
    const before = load.accepted.size
    await eventually('some appends', () => load.accepted.size > before + 100)
    await server.kill()
    await eventually('a refusal', () => load.refusals.length > 0)
    await server.start()
  }
  const before = load.accepted.size
  await eventually('appends after the last restart', () => load.accepted.size > before + 100)
  await load.stop()
  expect(codesOf(load.refusals)).toEqual(['queue_unavailable'])
  const ids = (await claimAll(queue)).flatMap(({ events }) => idsOf(events))
  expect([...load.accepted].filter((id) => !ids.includes(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
  const ledger = await queue.ledger()
  expect(ledger.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(ids.length)
})

test('a Redis that hangs is refused within the time of a call, costs nothing more, and is used again when it goes on', async () => {
  const queue = await open()
  await queue.append(entry(['first']))
  server.pause()
  const startedAt = performance.now()
  const answers = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => queue.append(entry([`m${index}`]))))
  const waitedMs = performance.now() - startedAt
  expect(codesOf(answers.map((answer) => (answer as PromiseRejectedResult).reason))).toEqual(['queue_unavailable'])
  // One call's time and a generous share for a busy machine; not one call's time for each.
  expect(waitedMs).toBeLessThan(40 * CALL_MS)
  await expect(queue.append(entry(['again']))).rejects.toMatchObject({ code: 'queue_unavailable' })
  server.resume()
  await eventually('an append', () => queue.append(entry(['last'])))
  // Some of the refused ones may have been written after all; sent again, each is there once.
  await Promise.all(Array.from({ length: 200 }, (_, index) => queue.append(entry([`m${index}`]))))
  const ids = (await claimAll(queue)).flatMap(({ events }) => idsOf(events)).filter((id) => id !== 'again')
  expect(ids.toSorted()).toEqual(['first', 'last', ...Array.from({ length: 200 }, (_, index) => `m${index}`)].toSorted())
})

test('a settlement whose answer was lost is applied once, however often it is sent', async () => {
  const queue = await open()
  const { entryId } = await queue.append(entry(['m1', 'm2']))
  await queue.claim(CLAIM)
  const ending = settlement({ entryIds: [entryId], delivered: [delivered(['m1'])], parked: [job(['m2'], { leasedUntil: Date.now() + 60_000 })] })
  server.pause()
  await expect(queue.settle(ending)).rejects.toMatchObject({ code: 'queue_unavailable' })
  server.resume()
  const settled = await eventually('the settlement', () => queue.settle(ending))
  expect(settled.applied).toBe(true)
  expect(settled.jobs).toHaveLength(1)
  expect((await queue.ledger())[0]).toMatchObject({ accepted: 2, settled: 2, connections: [{ delivered: 1, pending: 1 }] })
  expect(await queue.settle(settlement({ jobs: settled.jobs, delivered: [delivered(['m2'])] }))).toMatchObject({ applied: true })
  expect((await queue.ledger())[0]).toMatchObject({ connections: [{ delivered: 2, pending: 0 }] })
})

test('with its memory full Redis takes no more, loses nothing, lets settlements through, and takes more when they have freed some', async () => {
  const queue = await open()
  const used = Number(/used_memory:(\d+)/.exec(server.cli('info', 'memory'))![1])
  server.cli('config', 'set', 'maxmemory', String(used + 4 * 1024 ** 2))
  const accepted: string[] = []
  const fill = async (): Promise<void> => {
    for (let index = 0; ; index++) {
      const ids = Array.from({ length: 100 }, (_, at) => `m${accepted.length}-${index}-${at}`)
      await queue.append(entry(ids))
      accepted.push(...ids)
    }
  }
  await expect(fill()).rejects.toMatchObject({ code: 'queue_full' })
  const entries = await claimAll(queue)
  expect(entries.flatMap(({ events }) => idsOf(events))).toEqual(accepted)
  for (const { id, events } of entries) {
    const ids = idsOf(events)
    expect(await queue.settle(settlement({ entryIds: [id], delivered: [delivered(ids.slice(1))], parked: [job(ids.slice(0, 1))] }))).toMatchObject({ applied: true })
  }
  expect((await queue.ledger())[0]).toMatchObject({ accepted: accepted.length, settled: accepted.length, connections: [{ pending: entries.length }] })
  await eventually('an append', () => queue.append(entry(['later'])))
})

test('a Redis that may not be written is refused until it may', async () => {
  const queue = await open()
  server.cli('config', 'set', 'min-replicas-to-write', '1')
  await expect(queue.append(entry(['m1']))).rejects.toMatchObject({ code: 'queue_unavailable' })
  server.cli('config', 'set', 'min-replicas-to-write', '0')
  expect((await queue.append(entry(['m1']))).entryId).toBeGreaterThan(0)
  // As after a failover: what was the primary is a replica now.
  server.cli('replicaof', '127.0.0.1', '1')
  await expect(queue.append(entry(['m2']))).rejects.toMatchObject({ code: 'queue_unavailable' })
  server.cli('replicaof', 'no', 'one')
  await eventually('an append', () => queue.append(entry(['m2'])))
  expect((await claimAll(queue)).flatMap(({ events }) => idsOf(events))).toEqual(['m1', 'm2'])
})

test('a log that is full by its own limit counts all partitions together', async () => {
  const queue = await open({ limits: { logBytesMax: 4_000 } })
  await expect((async () => {
    for (let index = 0; index < 100; index++) await queue.append(entry([`m${index}`], { sourceId: `src_${index}` }))
  })()).rejects.toMatchObject({ code: 'queue_full' })
  expect(queue.depth().bytes).toBeLessThanOrEqual(4_000)
})

test('a waiting claim in one process wakes when another appends', async () => {
  // The taker's time stands still, so it does not look around by itself: only the bell can wake it.
  const clock = createManualClock(Date.now())
  const [taker, giver] = [await open({ clock }), await open()]
  const claim = taker.claim({ ...CLAIM, waitMs: 60_000 })
  await eventually('the taker waits', () => clock.sleepers() > 0)
  await giver.append(entry(['m1']))
  expect(await claim).toHaveLength(1)
})

test('what a silent process had claimed is taken over long before its leases end, and its settlements are refused', async () => {
  const silent = await open({ limits: { redisBeatMs: 2 ** 30 } })
  const { entryId } = await silent.append(entry(['m1']))
  await silent.append(entry(['m2']))
  await silent.claim({ ...CLAIM, leaseMs: 600_000 })
  await silent.settle(settlement({ parked: [job(['p1'], { leasedUntil: Date.now() + 600_000 })] }))
  const lively = await open({ limits: { redisBeatMs: 50, redisDeadMs: 500 } })
  const taken: Entry[] = []
  await eventually('the entries', async () => taken.push(...await lively.claim(CLAIM)) === 2)
  await eventually('the job', async () => (await lively.claimDue({ queues: ['dst_1'], jobsMax: 10, leaseMs: 60_000 })).length === 1)
  expect(await silent.settle(settlement({ entryIds: [entryId] }))).toMatchObject({ applied: false })
  expect(await lively.settle(settlement({ entryIds: taken.map(({ id }) => id) }))).toMatchObject({ applied: true })
})

test('the next bearer of a name takes over at once', async () => {
  const first = await open({ consumer: 'worker-1' })
  await first.append(entry(['m1']))
  expect(await first.claim(CLAIM)).toHaveLength(1)
  const second = await open({ consumer: 'worker-1' })
  expect(await second.claim(CLAIM)).toHaveLength(1)
})

test('a process that only slept joins again, and leaves alone what others have meanwhile', async () => {
  const sleeper = await open({ consumer: 'worker-1', limits: { redisBeatMs: 1_000, redisDeadMs: 2 ** 30 } })
  await sleeper.append(entry(['m1']))
  await sleeper.claim(CLAIM)
  const bearer = await open({ consumer: 'worker-1' })
  expect(await bearer.claim(CLAIM)).toHaveLength(1)
  await eventually('the sleeper joins again', () => Number(server.cli('zcard', 'sluice:{p0}:beats')) === 2)
  expect(await sleeper.claim(CLAIM)).toEqual([])
})

test('a settlement over sources of several partitions is refused as a whole when one of its claims is lost', async () => {
  const queue = await open()
  const sources = Array.from({ length: 6 }, (_, index) => `src_${index}`)
  const appended = await Promise.all(sources.map((sourceId) => queue.append(entry(['m1'], { sourceId }))))
  const entryIds = appended.map(({ entryId }) => entryId)
  await queue.claim(CLAIM)
  const rest = settlement({ entryIds: entryIds.slice(1), delivered: sources.slice(1).map((sourceId) => delivered(['m1'], { sourceId })) })
  await queue.settle(settlement({ entryIds: [entryIds[0]!] }))
  expect(await queue.settle({ ...rest, entryIds })).toMatchObject({ applied: false })
  expect(queue.depth().entries).toBe(5)
  expect(await queue.settle(rest)).toMatchObject({ applied: true })
  expect(queue.depth().entries).toBe(0)
})

test('a Redis that would evict is refused at start; one that is less than durable is named so', async () => {
  server.cli('config', 'set', 'appendfsync', 'everysec')
  expect(await open()).toMatchObject({ durability: 'redis, appendfsync everysec' })
  server.cli('config', 'set', 'appendonly', 'no')
  expect(await open()).toMatchObject({ durability: 'redis, no append-only file' })
  server.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru')
  await expect(open()).rejects.toThrow(/maxmemory-policy is allkeys-lru. Set "maxmemory-policy noeviction"/)
})

test('a Redis that is not there is named, with its address', async () => {
  await server.kill()
  await expect(open()).rejects.toThrow(`Redis at 127.0.0.1:${server.port} cannot be reached`)
})
