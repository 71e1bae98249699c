/** Appending: entries of one partition share script calls. */
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import type { Limits } from '../base/limits.ts'
import type { Appended, NewEntry } from './queue.ts'
import type { RedisDepth } from './redis-depth.ts'
import { Groups } from './redis-groups.ts'
import type { RedisLink } from './redis-link.ts'
import { digestsOf, packEntry } from './redis-pack.ts'
import { idOf, partitionOf } from './redis-partition.ts'

const LOG_FULL = -1
const BUCKETS_PER_WINDOW = 4

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

  async #send(partition: number, items: readonly Item[]): Promise<Appended[]> {
    const { link, depth, clock, limits } = this.#options
    const [entries, bytes, ...answers] = await link.run('append', partition, [
      ...dedupArguments(clock.now(), limits.dedupWindowMs), Math.max(0, limits.logBytesMax - depth.bytesBeside(partition)),
      ...items.flatMap(({ sourceId, kind, digests, packed }) => [sourceId, kind, digests, packed]),
    ]) as [number, number, ...(number | string)[]]
    depth.setLog(partition, entries, bytes)
    return items.map((_, index) => {
      const number = answers[2 * index] as number
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
