import { expect, test } from 'vitest'
import { parseRedisUrl } from '../../../src/queue/redis-client.ts'

test('reads one Redis with user, password and database, and fills in the usual port', () => {
  expect(parseRedisUrl('redis://localhost')).toEqual({ nodes: [{ host: 'localhost', port: 6_379 }], cluster: false, tls: false, db: 0 })
  expect(parseRedisUrl('rediss://worker:p%40ss:w%2Ford@redis.example:6380/3')).toEqual({
    nodes: [{ host: 'redis.example', port: 6_380 }], cluster: false, tls: true, username: 'worker', password: 'p@ss:w/ord', db: 3,
  })
  expect(parseRedisUrl('redis://:secret@[::1]:7000/')).toMatchObject({ nodes: [{ host: '::1', port: 7_000 }], password: 'secret' })
})

test('reads the hosts of a cluster', () => {
  expect(parseRedisUrl('redis+cluster://a:1,b:2,c')).toMatchObject({
    cluster: true, tls: false, nodes: [{ host: 'a', port: 1 }, { host: 'b', port: 2 }, { host: 'c', port: 6_379 }],
  })
  expect(parseRedisUrl('rediss+cluster://a,b')).toMatchObject({ cluster: true, tls: true })
})

test.each([
  ['localhost:6379', 'must be redis://'],
  ['http://localhost', 'must be redis://'],
  ['redis://', 'must be redis://'],
  ['redis://host:99999', '"host:99999" is no host and port'],
  ['redis://a,b', 'only redis+cluster:// may'],
  ['redis+cluster://a,b/2', 'only database 0'],
])('refuses %s and says why', (url, why) => {
  expect(() => parseRedisUrl(url)).toThrow(why)
})

test('never repeats a password in a refusal', () => {
  expect(() => parseRedisUrl('redis://user:hidden-word@bad host')).toThrow(/^(?!.*hidden-word)/)
  expect(() => parseRedisUrl('redis://user:hidden-word@a,b')).toThrow(/^(?!.*hidden-word)/)
})
