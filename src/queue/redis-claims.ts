/**
 * Claiming entries: which partitions to look at, how to wait, and what this process holds.
 * A partition that answered "empty" is left alone until its bell rings: the script that appends to it rings when somebody found it empty.
 * Bells can be lost with a connection and leases run out silently, so all partitions are looked at once a second anyway.
 */
import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type { ClaimRequest, Entry, EntryId } from './queue.ts'
import type { RedisDepth } from './redis-depth.ts'
import type { RedisLink } from './redis-link.ts'
import { unpackEntry } from './redis-pack.ts'
import { bodyKey, idOf } from './redis-partition.ts'

const SWEEP_MS = 1_000
/** A wait that begins so soon after a sweep needs none of its own. */
const SWEEP_AGAIN_MS = 50
const FIELDS = 4

/** What a settlement must say of an entry. */
export interface HeldEntry {
  sourceId: string
  /** Events that count as settled with it; none for webhooks. */
  settles: number
  bytes: number
  lease: number
  /** Of its body. */
  token: string
}

interface ClaimsOptions {
  link: RedisLink
  depth: RedisDepth
  clock: Clock
  limits: Limits
  log: Log
  partitions: number
  consumer: () => string
  /** The end of a lease that starts now, with this process' fraction. */
  leaseEnd: (leaseMs: number) => number
}

export class RedisClaims {
  readonly held = new Map<EntryId, HeldEntry>()
  readonly #options: ClaimsOptions
  readonly #ready = new Set<number>()
  #last: Promise<unknown> = Promise.resolve()
  #next = 0
  #sweptAt = -Infinity
  #bell = new AbortController()
  readonly #active = new Set<Promise<Entry[]>>()
  #stopped = false

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  /** Something arrived in a partition, or may have in any. */
  ring(partition?: number): void {
    if (partition !== undefined) this.#ready.add(partition)
    else for (let index = 0; index < this.#options.partitions; index++) this.#ready.add(index)
    this.#wake()
  }

  claim(request: ClaimRequest): Promise<Entry[]> {
    const claim = this.#claim(request).finally(() => this.#active.delete(claim))
    this.#active.add(claim)
    return claim
  }

  async #claim(request: ClaimRequest): Promise<Entry[]> {
    const { clock } = this.#options
    const endsAt = clock.monotonicMs() + request.waitMs
    for (;;) {
      const entries = await this.#inTurn(request)
      const leftMs = endsAt - clock.monotonicMs()
      if (entries.length > 0 || leftMs <= 0 || this.#stopped) return entries
      if (this.#ready.size === 0) await clock.sleep(Math.min(leftMs, SWEEP_MS), this.#bell.signal)
    }
  }

  /** Ends all waits, and resolves when nothing is being claimed any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await Promise.allSettled(this.#active)
  }

  /** Forgets claims that ran out long ago and were never settled. */
  forgetBefore(end: number): void {
    for (const [id, { lease }] of this.held) if (lease < end) this.held.delete(id)
  }

  #sweep(): void {
    this.#sweptAt = this.#options.clock.monotonicMs()
    this.ring()
  }

  /** One claim at a time looks: a second one would find the partitions that the first is asking taken off the list. */
  #inTurn(request: ClaimRequest): Promise<Entry[]> {
    const turn = this.#last.then(() => {
      const rested = this.#options.clock.monotonicMs() - this.#sweptAt >= SWEEP_AGAIN_MS
      if (this.#ready.size === 0 && (request.waitMs === 0 || rested)) this.#sweep()
      return this.#claimReady(request)
    })
    this.#last = turn.catch(() => {})
    return turn
  }

  /** All that may hold something at once, each asked for its share; then, while more is wanted, those that have more. */
  async #claimReady(request: ClaimRequest): Promise<Entry[]> {
    const entries: Entry[] = []
    const first = this.#next
    // Another one comes first every time, so that none has to wait for a busier one.
    this.#next = (first + 1) % this.#options.partitions
    let left = request.eventsMax
    while (left > 0 && this.#ready.size > 0) {
      const order = [...this.#ready].sort((one, other) => this.#turn(one, first) - this.#turn(other, first)).slice(0, left)
      const eventsMax = Math.floor(left / order.length)
      const found = await Promise.all(order.map((partition) => this.#claimFrom(partition, { ...request, eventsMax })))
      for (const some of found) {
        entries.push(...some)
        left -= eventsOf(some)
      }
    }
    return entries.sort((one, other) => one.receivedAt - other.receivedAt)
  }

  #turn(partition: number, first: number): number {
    const { partitions } = this.#options
    return (partition - first + partitions) % partitions
  }

  async #claimFrom(partition: number, { eventsMax, leaseMs }: ClaimRequest): Promise<Entry[]> {
    const { link, depth, clock, limits, consumer } = this.#options
    const lease = this.#options.leaseEnd(leaseMs)
    // Taken off before the answer, so that a bell meanwhile is not lost.
    this.#ready.delete(partition)
    const [more, size, bytes, ...fields] = await link.run('claim', partition, [
      Math.floor(clock.now()), lease, eventsMax, consumer(), limits.redisClaimEntriesMax, limits.redisClaimBytesMax,
    ]) as [number, number, number, ...(string | number)[]]
    if (more === 1) this.#ready.add(partition)
    depth.setLog(partition, size, bytes)
    return fields.length === 0 ? [] : this.#readBodies(partition, fields as string[], lease)
  }

  async #readBodies(partition: number, fields: readonly string[], lease: number): Promise<Entry[]> {
    const { link, log } = this.#options
    const tokens = fields.filter((_, index) => index % FIELDS === FIELDS - 1)
    const bodies = await link.call((client) => client.mget(tokens.map((token) => bodyKey(partition, token))), partition)
    return bodies.flatMap((packed, index) => {
      const [number, bytes, leftOut, token] = fields.slice(index * FIELDS, (index + 1) * FIELDS) as [string, string, string, string]
      const id = idOf(Number(number), partition)
      if (packed === null) {
        log.error('an entry of the log has lost its body; Redis has lost data, or somebody has deleted keys', { entryId: id, partition })
        return []
      }
      const entry = unpackEntry(id, packed, leftOut)
      this.held.set(id, { sourceId: entry.sourceId, settles: entry.kind === 'events' ? entry.events.length : 0, bytes: Number(bytes), lease, token })
      return [entry]
    })
  }

  #wake(): void {
    this.#bell.abort()
    this.#bell = new AbortController()
  }
}

function eventsOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { events }) => sum + events.length, 0)
}
