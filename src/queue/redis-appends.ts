/** Appending: entries of one partition share script calls. */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import type { Limits } from '../base/limits.ts'
import type { Appended, NewEntry } from './queue.ts'
import type { RedisDepth } from './redis-depth.ts'
import { Groups } from './redis-groups.ts'
import type { RedisLink } from './redis-link.ts'
import { digestsOf, packEntry } from './redis-pack.ts'
import { bodyKey, idOf, partitionOf } from './redis-partition.ts'

const LOG_FULL = -1
const BODY_MISSING = -2
/** A body that no entry came to refer to, since the connection broke in between, goes by itself. */
const ORPHAN_MS = 3_600_000
/** More would cost a lookup each, fewer would remember longer than they must. */
const BUCKETS_PER_WINDOW = 2

interface Item {
  sourceId: string
  kind: NewEntry['kind']
  digests: string
  packed: string
}

interface AppendsOptions {
  link: RedisLink
  depth: RedisDepth
  clock: Clock
  limits: Limits
  partitions: number
}

export class RedisAppends {
  readonly #options: AppendsOptions
  readonly #groups: Groups<Item, Appended>
  /** Makes tokens that no other process makes. */
  readonly #life = randomUUID()
  #sent = 0

  constructor(options: AppendsOptions) {
    this.#options = options
    this.#groups = new Groups(options.limits, (partition, items) => this.#send(partition, items))
  }

  async append(entry: NewEntry): Promise<Appended> {
    const { sourceId, kind, events } = entry
    if (events.length === 0) return { entryId: 0, repeated: [] }
    const packed = packEntry(entry)
    const item = { sourceId, kind, digests: digestsOf(entry), packed }
    const appended = await this.#groups.add(partitionOf(sourceId, this.#options.partitions), item, { bytes: packed.length, events: events.length })
    if (appended.entryId === LOG_FULL) throw new SluiceError('queue_full')
    return appended
  }

  idle(): Promise<void> {
    return this.#groups.idle()
  }

  /** The bodies first, then, right behind them, the script that makes them part of the log. */
  async #send(partition: number, items: readonly Item[]): Promise<Appended[]> {
    const { link, depth, clock, limits } = this.#options
    link.ensure(partition)
    let refusal: unknown
    const tokens = items.map(({ packed }) => {
      const token = `${this.#life}-${this.#sent++}`
      link.client.set(bodyKey(partition, token), packed, 'PX', ORPHAN_MS).catch((thrown: unknown) => { refusal ??= thrown })
      return token
    })
    const [entries, bytes, ...answers] = await link.run('append', partition, [
      ...dedupArguments(clock.now(), limits.dedupWindowMs), Math.max(0, limits.logBytesMax - depth.bytesBeside(partition)),
      ...items.flatMap(({ sourceId, kind, digests }, index) => [sourceId, kind, digests, tokens[index]!]),
    ]) as [number, number, ...(number | string)[]]
    depth.setLog(partition, entries, bytes)
    return items.map((_, index): Appended => {
      const number = answers[2 * index] as number
      if (number === BODY_MISSING) throw link.refused(refusal ?? new Error('a body could not be written'))
      const leftOut = answers[2 * index + 1] as string
      return { entryId: number > 0 ? idOf(number, partition) : number, repeated: leftOut === '' ? [] : leftOut.split(',').map(Number) }
    })
  }
}

/** Now, and its place among the buckets of remembered messages. */
export function dedupArguments(time: number, windowMs: number): (string | number)[] {
  const now = Math.floor(time)
  const width = Math.max(1, Math.ceil(windowMs / BUCKETS_PER_WINDOW))
  const bucket = Math.floor(now / width)
  return [now, bucket, (now - bucket * width).toString(36), width, windowMs]
}
