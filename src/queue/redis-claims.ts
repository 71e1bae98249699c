/**
 * Claiming entries: which partitions to look at, how to wait, and what this process holds.
 * A partition that answered "empty" is left alone until its bell rings: the script that appends to it rings when somebody found it empty.
 * Bells can be lost with a connection and leases run out silently, so all partitions are looked at once a second anyway.
 */
import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { ClaimRequest, Entry, EntryId } from './queue.ts'
import type { RedisDepth } from './redis-depth.ts'
import type { RedisLink } from './redis-link.ts'
import { unpackEntry } from './redis-pack.ts'
import { idOf } from './redis-partition.ts'

const SWEEP_MS = 1_000
/** A wait that begins so soon after a sweep needs none of its own. */
const SWEEP_AGAIN_MS = 50
const FIELDS = 5

/** What a settlement must say of an entry. */
export interface HeldEntry {
  sourceId: string
  /** Events that count as settled with it; none for webhooks. */
  settles: number
  bytes: number
  lease: number
}

interface ClaimsOptions {
  link: RedisLink
  depth: RedisDepth
  clock: Clock
  limits: Limits
  partitions: number
  consumer: string
  /** The end of a lease that starts now, with this process' fraction. */
  leaseEnd: (leaseMs: number) => number
}

export class RedisClaims {
  readonly held = new Map<EntryId, HeldEntry>()
  readonly #options: ClaimsOptions
  readonly #ready = new Set<number>()
  #next = 0
  #sweptAt = -Infinity
  #waiters: (() => void)[] = []
  #stopped = false

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  /** Something arrived in a partition, or may have in any. */
  ring(partition?: number): void {
    if (partition !== undefined) this.#ready.add(partition)
    else for (let index = 0; index < this.#options.partitions; index++) this.#ready.add(index)
    for (const wake of this.#waiters.splice(0)) wake()
  }

  async claim(request: ClaimRequest): Promise<Entry[]> {
    const { clock } = this.#options
    const endsAt = clock.monotonicMs() + request.waitMs
    for (;;) {
      if (this.#ready.size === 0 && (request.waitMs === 0 || clock.monotonicMs() - this.#sweptAt >= SWEEP_AGAIN_MS)) this.#sweep()
      const entries = await this.#claimReady(request)
      const leftMs = endsAt - clock.monotonicMs()
      if (entries.length > 0 || leftMs <= 0 || this.#stopped) return entries
      await this.#bell(Math.min(leftMs, SWEEP_MS))
    }
  }

  /** Ends all waits. */
  stop(): void {
    this.#stopped = true
    for (const wake of this.#waiters.splice(0)) wake()
  }

  /** Forgets claims that ran out long ago and were never settled. */
  forgetBefore(end: number): void {
    for (const [id, { lease }] of this.held) if (lease < end) this.held.delete(id)
  }

  #sweep(): void {
    this.#sweptAt = this.#options.clock.monotonicMs()
    this.ring()
  }

  /** One partition after the other, beginning with the next one every time, so that none has to wait for a busier one. */
  async #claimReady(request: ClaimRequest): Promise<Entry[]> {
    const entries: Entry[] = []
    let events = 0
    const { partitions } = this.#options
    const first = this.#next
    this.#next = (first + 1) % partitions
    if (this.#ready.size > 1) return this.#claimSeveral(request, first)
    for (const partition of this.#ready) {
      while (events < request.eventsMax && this.#ready.has(partition)) {
        const found = await this.#claimFrom(partition, { ...request, eventsMax: request.eventsMax - events })
        entries.push(...found)
        events += eventsOf(found)
      }
    }
    return entries
  }

  /** All that may hold something at once, each asked for its share; then, while more is wanted, those that have more. */
  async #claimSeveral(request: ClaimRequest, first: number): Promise<Entry[]> {
    const entries: Entry[] = []
    let left = request.eventsMax
    while (left > 0 && this.#ready.size > 0) {
      const order = [...this.#ready].sort((one, other) => this.#turn(one, first) - this.#turn(other, first)).slice(0, left)
      const share = Math.floor(left / order.length)
      const found = await Promise.all(order.map((partition) => this.#claimFrom(partition, { ...request, eventsMax: share })))
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
      Math.floor(clock.now()), lease, eventsMax, consumer, limits.redisClaimEntriesMax, limits.redisClaimBytesMax,
    ]) as [number, number, number, ...(string | number)[]]
    if (more === 1) this.#ready.add(partition)
    depth.setLog(partition, size, bytes)
    const entries: Entry[] = []
    for (let index = 0; index < fields.length; index += FIELDS) {
      const [number, , entryBytes, leftOut, packed] = fields.slice(index, index + FIELDS) as [string, string, number, string, string]
      const entry = unpackEntry(idOf(Number(number), partition), packed, leftOut)
      this.held.set(entry.id, { sourceId: entry.sourceId, settles: entry.kind === 'events' ? entry.events.length : 0, bytes: Number(entryBytes), lease })
      entries.push(entry)
    }
    return entries
  }

  #bell(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, waitMs)
      function done(): void {
        clearTimeout(timer)
        resolve()
      }
      this.#waiters.push(done)
    })
  }
}

function eventsOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { events }) => sum + events.length, 0)
}
