/** The two kinds of clients, one Redis or a cluster of them, with the settings that keep a call's end bounded and its outcome known. */
import { Cluster, Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { SluiceError } from '../base/errors.ts'
import type { Limits } from '../base/limits.ts'
import { readScripts } from './redis-scripts.ts'

export type RedisClient = Redis | Cluster

interface Address {
  nodes: { host: string, port: number }[]
  cluster: boolean
  tls: boolean
  username?: string
  password?: string
  db: number
}

const FORM = 'redis://[user:password@]host[:port][/database], rediss:// for TLS, redis+cluster://host:port,host:port for a cluster, or rediss+cluster://'
const PORT = 6_379

/** @throws SluiceError invalid_request when it is not such a URL; its password is never repeated */
export function parseRedisUrl(url: string): Address {
  const match = /^(rediss?)(\+cluster)?:\/\/(?:([^@/]*)@)?([^@/]+)(?:\/(\d*))?$/.exec(url.trim())
  if (!match) throw new SluiceError('invalid_request', { message: `REDIS_URL must be ${FORM}.`, field: 'REDIS_URL' })
  const [, scheme, cluster, credentials = '', hosts, db = ''] = match
  const nodes = hosts!.split(',').map((host) => parseNode(host))
  if (!cluster && nodes.length > 1) throw new SluiceError('invalid_request', { message: 'REDIS_URL names several hosts; only redis+cluster:// may.', field: 'REDIS_URL' })
  if (cluster && Number(db) > 0) throw new SluiceError('invalid_request', { message: 'REDIS_URL names a database; a Redis Cluster has only database 0.', field: 'REDIS_URL' })
  const colon = credentials.indexOf(':')
  const username = colon < 0 ? credentials : credentials.slice(0, colon)
  const password = colon < 0 ? '' : credentials.slice(colon + 1)
  return {
    nodes, cluster: cluster !== undefined, tls: scheme === 'rediss', db: Number(db),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  }
}

function parseNode(text: string): { host: string, port: number } {
  const match = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text)
  const port = Number(match?.[2] ?? PORT)
  if (!match || port < 1 || port > 65_535) throw new SluiceError('invalid_request', { message: `REDIS_URL must be ${FORM}; "${text}" is no host and port.`, field: 'REDIS_URL' })
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port }
}

/** Not connected yet. Nothing waits inside for a connection, and nothing is sent twice: what is not sent, or whose answer is lost, fails at once. */
export function createClient(address: Address, limits: Limits): RedisClient {
  const { nodes, cluster, tls, username, password, db } = address
  const common: RedisOptions = {
    username, password,
    ...(tls && { tls: {} }),
    connectionName: 'sluice',
    connectTimeout: limits.redisCallMs,
    socketTimeout: limits.redisSilenceMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  }
  if (cluster) {
    return new Cluster(nodes, {
      scripts: readScripts(),
      redisOptions: common,
      lazyConnect: true,
      enableOfflineQueue: false,
      // Finds the new primaries after a failover even when the old one only hangs.
      slotsRefreshInterval: limits.redisCallMs,
      slotsRefreshTimeout: limits.redisCallMs,
      clusterRetryStrategy: (times) => Math.min(100 * times, 1_000),
    })
  }
  return new Redis({
    ...common, ...nodes[0]!, db,
    scripts: readScripts(),
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
    // The address now leads to a replica: the next connection may lead to the new primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
}

/** For subscriptions only; subscribes again by itself. */
export function createListener(address: Address, limits: Limits): RedisClient {
  if (address.cluster) return createClient(address, limits)
  return (createClient(address, limits) as Redis).duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null, socketTimeout: undefined, scripts: {} })
}
