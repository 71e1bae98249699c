/**
 * The queue in Redis or a Redis Cluster, for any number of processes: the log is partitioned streams, the rest sorted sets and hashes, and
 * every change is one Lua script on one slot (`redis/partition.lua` names the keys). Machines' clocks should agree to within seconds: a wrong
 * one makes leases and retries early or late, which costs duplicates, never events.
 */
import { randomUUID } from 'node:crypto'
import { asError, SluiceError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import { limits as defaults, type Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type {
  Appended, ClaimDueRequest, ClaimRequest, DeliveryPage, Depth, Entry, Job, LedgerRow, ListRequest, NewEntry, Queue, QueueName, ReviveRequest, Settled,
  Settlement,
} from './queue.ts'
import { RedisAppends } from './redis-appends.ts'
import { checkRedis } from './redis-checks.ts'
import { RedisClaims } from './redis-claims.ts'
import { createClient, createListener, parseRedisUrl, type RedisClient } from './redis-client.ts'
import { RedisDepth } from './redis-depth.ts'
import { RedisJobs } from './redis-jobs.ts'
import { ledgerRows, readCounters } from './redis-ledger.ts'
import { RedisLink } from './redis-link.ts'
import { listDeliveries } from './redis-list.ts'
import { PARTITIONS_MAX, partitionKey, partitionOf } from './redis-partition.ts'
import { RedisPresence } from './redis-presence.ts'
import { RedisSettles } from './redis-settles.ts'

export interface RedisQueueOptions {
  /** redis://, rediss://, redis+cluster:// or rediss+cluster:// */
  url: string
  clock: Clock
  log: Log
  /** A name that outlives the process and that no other living process has: its next bearer takes over at once what the last one had claimed. */
  consumer?: string
  limits?: Partial<Limits>
  /** Whose events these are, such as a workspace's id: a store that belongs to another one is refused, since its destinations are unknown here. */
  owner: string
  /** Of a new store, from 1 to 1024; one that exists keeps its number. */
  partitions?: number
}

const STORE_KEY = 'sluice:store'
const BELL = 'sluice:bell'

/**
 * Connects, checks and joins.
 * @throws SluiceError invalid_request for a bad URL or number of partitions, queue_unavailable when Redis cannot be reached or is not fit
 */
export async function openRedisQueue(options: RedisQueueOptions): Promise<Queue> {
  const limits: Limits = { ...defaults, ...options.limits }
  const address = parseRedisUrl(options.url)
  const client = createClient(address, limits)
  const listener = createListener(address, limits)
  const link = new RedisLink(client, { limits, log: options.log })
  try {
    await connect(client, address.nodes.map(({ host, port }) => `${host}:${port}`).join(', '), limits)
    const level = await checkRedis(client, options.log)
    const partitions = await readPartitions(link, options.partitions ?? limits.redisPartitions)
    await claimStore(link, options.owner)
    const queue = new QueueInRedis({ ...options, limits, link, listener, partitions, durability: address.cluster ? level.replace('redis', 'redis cluster') : level })
    await queue.start()
    return queue
  } catch (thrown) {
    link.close()
    listener.disconnect()
    throw thrown
  }
}

async function connect(client: RedisClient, hosts: string, limits: Limits): Promise<void> {
  let last: Error | undefined
  const remember = (error: Error): void => { last = error }
  client.on('error', remember)
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(last ?? new Error('no answer')), 2 * limits.redisCallMs) })
    await Promise.race([client.connect(), late])
  } catch (thrown) {
    const cause = last ?? asError(thrown)
    throw new SluiceError('queue_unavailable', { message: `Redis at ${hosts} cannot be reached: ${cause.message}. Check REDIS_URL and that it runs.`, cause })
  } finally {
    clearTimeout(timer)
    client.off('error', remember)
  }
}

/** The number of partitions is the store's for ever: it says where everything is. */
async function readPartitions(link: RedisLink, wanted: number): Promise<number> {
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > PARTITIONS_MAX) {
    throw new SluiceError('invalid_request', { message: `The number of partitions must be a whole number from 1 to ${PARTITIONS_MAX}.` })
  }
  await link.call((client) => client.hsetnx(STORE_KEY, 'partitions', wanted))
  return Number(await link.call((client) => client.hget(STORE_KEY, 'partitions')))
}

async function claimStore(link: RedisLink, owner: string): Promise<void> {
  await link.call((client) => client.hsetnx(STORE_KEY, 'owner', owner))
  const present = await link.call((client) => client.hget(STORE_KEY, 'owner'))
  if (present === owner) return
  throw new SluiceError('queue_unavailable', { message: `REDIS_URL names a Redis that holds the events of another installation (${present}). Give this one a Redis of its own, or start it on that installation's SLUICE_DATA_DIR.` })
}

interface Parts extends RedisQueueOptions {
  limits: Limits
  link: RedisLink
  listener: RedisClient
  partitions: number
  durability: string
}

class QueueInRedis implements Queue {
  readonly durability: string
  readonly #given: Parts
  readonly #depth: RedisDepth
  readonly #presence: RedisPresence
  readonly #appends: RedisAppends
  readonly #claims: RedisClaims
  readonly #settles: RedisSettles
  readonly #jobs: RedisJobs
  #housekeeping: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined

  constructor(given: Parts) {
    const { link, clock, limits, log, partitions } = given
    this.durability = given.durability
    this.#given = given
    const depth = this.#depth = new RedisDepth(link, partitions)
    const presence = this.#presence = new RedisPresence({ link, clock, log, limits, partitions, name: given.consumer ?? '' })
    const withOwner = (end: number): number => Math.floor(end) + presence.number / PARTITIONS_MAX
    const leaseEnd = (leaseMs: number): number => withOwner(clock.now() + leaseMs)
    this.#appends = new RedisAppends({ link, depth, clock, limits, partitions })
    this.#claims = new RedisClaims({ link, depth, clock, limits, log, partitions, consumer: () => `process-${presence.number}`, leaseEnd })
    this.#settles = new RedisSettles({ link, depth, clock, limits, partitions, consumer: randomUUID(), held: this.#claims.held, withOwner })
    this.#jobs = new RedisJobs({ link, depth, clock, partitions, leaseEnd })
  }

  async start(): Promise<void> {
    const { listener, clock, limits, partitions } = this.#given
    listener.on('error', () => {})
    const partitionOfKey = new Map(Array.from({ length: partitions }, (_, partition) => [partitionKey(partition), partition]))
    listener.on('message', (_channel: string, key: string) => this.#claims.ring(partitionOfKey.get(key)))
    await listener.connect()
    await listener.subscribe(BELL)
    await this.#presence.join()
    try {
      await this.#depth.start(limits.redisDepthPollMs)
    } catch (thrown) {
      await this.#presence.leave().catch(() => {})
      throw thrown
    }
    this.#housekeeping = setInterval(() => this.#claims.forgetBefore(clock.now() - limits.leaseMs), limits.leaseMs / 4)
  }

  async append(entry: NewEntry): Promise<Appended> {
    this.#open()
    return this.#appends.append(entry)
  }

  async claim(request: ClaimRequest): Promise<Entry[]> {
    this.#open()
    return this.#claims.claim(request)
  }

  async settle(settlement: Settlement): Promise<Settled> {
    this.#open()
    return this.#settles.settle(settlement)
  }

  async claimDue(request: ClaimDueRequest): Promise<Job[]> {
    this.#open()
    return this.#jobs.claimDue(request)
  }

  async hasten(queue: QueueName, dueAt: number): Promise<void> {
    this.#open()
    return this.#jobs.hasten(queue, dueAt)
  }

  async list(request: ListRequest): Promise<DeliveryPage> {
    this.#open()
    return listDeliveries(this.#given.link, this.#given.partitions, request)
  }

  async revive(request: ReviveRequest): Promise<number> {
    this.#open()
    return this.#jobs.revive(request)
  }

  async ledger(sourceId?: string): Promise<LedgerRow[]> {
    this.#open()
    const { link, partitions } = this.#given
    const asked = sourceId === undefined ? [...Array.from({ length: partitions }).keys()] : [partitionOf(sourceId, partitions)]
    return ledgerRows(await Promise.all(asked.map((partition) => readCounters(link, partition))), sourceId)
  }

  depth(): Depth {
    this.#open()
    return this.#depth.read()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const { link, listener, log } = this.#given
    clearInterval(this.#housekeeping)
    await Promise.all([this.#claims.stop(), this.#appends.idle(), this.#settles.idle()])
    this.#depth.stop()
    // Without Redis there is nobody to tell; the others find out by our silence.
    await this.#presence.leave().catch((thrown: unknown) => log.warn('claims could not be given back; others take them over in a while', { error: asError(thrown) }))
    link.close()
    listener.disconnect()
  }

  #open(): void {
    if (this.#closed) throw new SluiceError('queue_unavailable', { message: 'The queue is closed.' })
  }
}
