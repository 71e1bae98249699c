import { afterAll, beforeAll } from 'vitest'
import { silentLog } from '../../src/base/log.ts'
import { openRedisQueue } from '../../src/queue/redis.ts'
import { describeQueue } from '../contract/queue.suite.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

let server: RedisServer

beforeAll(async () => { server = await startRedis() })
afterAll(() => server.remove())

describeQueue('the Redis queue', async () => ({
  open: (options) => openRedisQueue({ owner: 'tests', url: server.url, log: silentLog, ...options }),
  remove: async () => void server.cli('flushall'),
}))
