/** What the log and the queues hold, remembered from the answers to our own calls, and asked for a few times a second because others call too. */
import type { Depth, QueueName } from './queue.ts'
import type { RedisLink } from './redis-link.ts'

interface PartitionDepth {
  entries: number
  bytes: number
  /** Events by `<source>|<queue>`. */
  parked: Map<string, number>
}

export class RedisDepth {
  readonly #link: RedisLink
  readonly #partitions: PartitionDepth[]
  /** The same events by queue, then partition; the worker asks for them all the time. */
  readonly #queues = new Map<QueueName, Map<number, number>>()
  readonly #asked = new Set<number>()
  #timer: NodeJS.Timeout | undefined

  constructor(link: RedisLink, partitions: number) {
    this.#link = link
    this.#partitions = Array.from({ length: partitions }, () => ({ entries: 0, bytes: 0, parked: new Map() }))
  }

  /** Asks all partitions once and then again every `everyMs`; the questions are also the probes of stalled partitions. */
  async start(everyMs: number): Promise<void> {
    await Promise.all(this.#partitions.map((_, partition) => this.#ask(partition)))
    this.#timer = setInterval(() => {
      // Trouble is reported by the link, and the next question comes soon.
      this.#partitions.forEach((_, partition) => this.#ask(partition).catch(() => {}))
    }, everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  setLog(partition: number, entries: number, bytes: number): void {
    Object.assign(this.#partitions[partition]!, { entries, bytes })
  }

  /** `changes`: <source>|<queue>, events now, .. */
  changeParked(partition: number, changes: readonly (string | number)[]): void {
    for (let index = 0; index < changes.length; index += 2) this.#setParked(partition, changes[index] as string, Number(changes[index + 1]))
  }

  /** Bytes in the logs of all partitions but one. */
  bytesBeside(partition: number): number {
    return this.#partitions.reduce((sum, { bytes }, index) => (index === partition ? sum : sum + bytes), 0)
  }

  /** The partitions that hold jobs of one of the queues, as far as known; all of them when none is known to. */
  partitionsWith(queues: readonly QueueName[]): number[] {
    const some = new Set(queues.flatMap((queue) => [...this.#queues.get(queue)?.keys() ?? []]))
    return some.size > 0 ? [...some] : [...this.#partitions.keys()]
  }

  read(): Depth {
    const depth: Depth = { entries: 0, bytes: 0, parked: {} }
    for (const { entries, bytes } of this.#partitions) {
      depth.entries += entries
      depth.bytes += bytes
    }
    for (const [queue, events] of this.#queues) depth.parked[queue] = [...events.values()].reduce((sum, count) => sum + count, 0)
    return depth
  }

  #setParked(partition: number, field: string, events: number): void {
    const { parked } = this.#partitions[partition]!
    const change = events - (parked.get(field) ?? 0)
    if (change === 0) return
    if (events === 0) parked.delete(field)
    else parked.set(field, events)
    const queue = queueOf(field)
    const counts = this.#queues.get(queue) ?? new Map<number, number>()
    const count = (counts.get(partition) ?? 0) + change
    if (count === 0) counts.delete(partition)
    else counts.set(partition, count)
    if (counts.size === 0) this.#queues.delete(queue)
    else this.#queues.set(queue, counts)
  }

  async #ask(partition: number): Promise<void> {
    if (this.#asked.has(partition)) return
    this.#asked.add(partition)
    try {
      const [entries, bytes, parked] = await this.#link.probe(partition) as [number, number, string[]]
      this.setLog(partition, entries, bytes)
      const known = new Set(parked)
      for (const field of this.#partitions[partition]!.parked.keys()) if (!known.has(field)) this.#setParked(partition, field, 0)
      this.changeParked(partition, parked)
    } finally {
      this.#asked.delete(partition)
    }
  }
}

function queueOf(field: string): QueueName {
  return field.slice(field.indexOf('|') + 1)
}
