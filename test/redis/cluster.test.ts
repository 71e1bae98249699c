import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { openRedisQueue } from '../../src/queue/redis.ts'
import { describeQueue } from '../contract/queue.suite.ts'
import { eventually } from '../support/eventually.ts'
import { entry } from '../support/queue-material.ts'
import { startRedisCluster, type RedisClusterServers } from '../support/redis-server.ts'

let cluster: RedisClusterServers

beforeAll(async () => { cluster = await startRedisCluster() })
afterAll(() => cluster.remove())

const primaries = () => cluster.servers.filter((server) => server.cli('role').startsWith('master'))

describeQueue('the Redis Cluster queue', async () => ({
  open: (options) => openRedisQueue({ owner: 'tests', url: cluster.url, log: silentLog, ...options }),
  remove: async () => {
    for (const server of primaries()) server.cli('flushall')
  },
}))

test('the Redis Cluster queue says how durable it is, and spreads its partitions over the primaries', async () => {
  const queue = await openRedisQueue({ owner: 'tests', url: cluster.url, clock: systemClock, log: silentLog })
  expect(queue.durability).toBe('redis cluster, appendfsync always')
  await Promise.all(Array.from({ length: 60 }, (_, index) => queue.append(entry(['m1'], { sourceId: `src_${index}` }))))
  await queue.close()
  const sizes = primaries().map((server) => Number(server.cli('dbsize')))
  expect(sizes.every((size) => size > 0)).toBe(true)
})

test('the Redis Cluster queue goes on when a primary dies and its replica takes over', async () => {
  const queue = await openRedisQueue({ owner: 'tests', url: cluster.url, clock: systemClock, log: silentLog, limits: { redisCallMs: 1_000 } })
  const sources = Array.from({ length: 24 }, (_, index) => `src_failover_${index}`)
  const appendAll = (round: string) => Promise.allSettled(sources.map((sourceId) => queue.append(entry([round], { sourceId }))))
  const before = await appendAll('before')
  expect(before.every(({ status }) => status === 'fulfilled')).toBe(true)
  const primary = primaries()[0]!
  await primary.kill()
  const during = await appendAll('during')
  // The other two thirds do not notice.
  expect(during.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
  const refused = during.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as { code?: unknown }] : []))
  expect(refused.every(({ code }) => code === 'queue_unavailable')).toBe(true)
  await eventually('every source can append', async () => (await appendAll('after')).every(({ status }) => status === 'fulfilled'), { withinMs: 60_000 })
  const claimed: string[] = []
  await eventually('all that was appended', async () => {
    const entries = await queue.claim({ eventsMax: 1_000, leaseMs: 60_000, waitMs: 0 })
    claimed.push(...entries.flatMap(({ sourceId, events }) => events.map(({ messageId }) => `${sourceId} ${messageId}`)))
    return sources.every((sourceId) => claimed.includes(`${sourceId} after`))
  })
  await queue.close()
  await primary.start()
})
