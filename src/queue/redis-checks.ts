/** What Redis must be before anything is trusted to it, and how durable it is, for people to read. */
import type { Redis } from 'ioredis'
import { SluiceError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { RedisClient } from './redis-client.ts'

const VERSION_MIN = [6, 2] as const

interface NodeFacts {
  version: string
  policy: string
  appendOnly: boolean
  /** Undefined where CONFIG is forbidden. */
  fsync?: string
}

/**
 * Returns the durability, such as "redis, appendfsync always".
 * @throws SluiceError queue_unavailable when it is too old or would throw data away when memory is short
 */
export async function checkRedis(client: RedisClient, log: Log): Promise<string> {
  const nodes = 'nodes' in client ? client.nodes('master') : [client]
  const facts = await Promise.all(nodes.map((node) => factsOf(node)))
  for (const { version, policy } of facts) {
    if (isOld(version)) throw new SluiceError('queue_unavailable', { message: `Redis is version ${version}; Sluice needs ${VERSION_MIN.join('.')} or later.` })
    if (policy !== 'noeviction') {
      throw new SluiceError('queue_unavailable', {
        message: `Redis would throw events away when memory is short: its maxmemory-policy is ${policy}. Set "maxmemory-policy noeviction" and start again.`,
      })
    }
  }
  const levels = facts.map(durabilityOf)
  const worst = levels.toSorted((one, other) => other.rank - one.rank)[0]!
  if (worst.warning) log.warn(worst.warning, { durability: worst.text })
  return worst.text
}

async function factsOf(node: Redis): Promise<NodeFacts> {
  const info = fieldsOf(await node.info())
  const fsync = await node.config('GET', 'appendfsync').then((pair) => (pair as string[])[1], () => undefined)
  return { version: info['redis_version'] ?? '0', policy: info['maxmemory_policy'] ?? 'unknown', appendOnly: info['aof_enabled'] === '1', fsync }
}

function fieldsOf(info: string): Record<string, string> {
  return Object.fromEntries(info.split('\r\n').flatMap((line) => {
    const colon = line.indexOf(':')
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : []
  }))
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1])
}

function durabilityOf({ appendOnly, fsync }: NodeFacts): { rank: number, text: string, warning?: string } {
  if (!appendOnly) {
    return {
      rank: 3, text: 'redis, no append-only file',
      warning: 'Redis keeps no append-only file: every accepted event that is not in its last snapshot is lost when it stops. Set "appendonly yes" and "appendfsync always".',
    }
  }
  if (fsync === 'always') return { rank: 0, text: 'redis, appendfsync always' }
  if (fsync === undefined) {
    return { rank: 1, text: 'redis, appendfsync unknown', warning: 'Redis does not tell its appendfsync; unless it is "always", accepted events can be lost when it stops.' }
  }
  return {
    rank: 2, text: `redis, appendfsync ${fsync}`,
    warning: `Redis writes its append-only file with "appendfsync ${fsync}": about the last two seconds of accepted events are lost when it is killed. Set "appendfsync always".`,
  }
}
