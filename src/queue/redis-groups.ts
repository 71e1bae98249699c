/**
 * Group commit: what comes for a partition while its calls are under way becomes the next call. So groups are small and quick when it is
 * quiet, and large, with few calls per event, when it is not. Bounded: what waits, what is under way, and how long.
 */
import { SluiceError } from '../base/errors.ts'
import type { Limits } from '../base/limits.ts'

interface Waiting<Item, Answer> {
  item: Item
  bytes: number
  events: number
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

interface Lane<Item, Answer> {
  waiting: Waiting<Item, Answer>[]
  inFlight: number
  scheduled: boolean
}

export class Groups<Item, Answer> {
  readonly #limits: Limits
  readonly #send: (partition: number, items: Item[]) => Promise<Answer[]>
  readonly #lanes = new Map<number, Lane<Item, Answer>>()
  #bytes = 0
  #unfinished = 0
  #idle: (() => void)[] = []

  /** `send` answers one per item, in order. */
  constructor(limits: Limits, send: (partition: number, items: Item[]) => Promise<Answer[]>) {
    this.#limits = limits
    this.#send = send
  }

  /** @throws SluiceError queue_unavailable when too much waits already; and whatever `send` throws */
  add(partition: number, item: Item, size: { bytes: number, events: number }): Promise<Answer> {
    if (this.#bytes > 0 && this.#bytes + size.bytes > this.#limits.redisWaitingBytesMax) {
      throw new SluiceError('queue_unavailable', { message: 'Redis is slower than what comes in; too much waits for it already.' })
    }
    const lane = this.#lane(partition)
    this.#bytes += size.bytes
    this.#unfinished++
    return new Promise<Answer>((resolve, reject) => {
      lane.waiting.push({ item, ...size, resolve, reject })
      if (lane.scheduled) return
      lane.scheduled = true
      // After the requests that came in with this one.
      setImmediate(() => {
        lane.scheduled = false
        this.#flush(partition, lane)
      })
    })
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#unfinished > 0) await new Promise<void>((resolve) => { this.#idle.push(resolve) })
  }

  #lane(partition: number): Lane<Item, Answer> {
    let lane = this.#lanes.get(partition)
    if (!lane) this.#lanes.set(partition, (lane = { waiting: [], inFlight: 0, scheduled: false }))
    return lane
  }

  #flush(partition: number, lane: Lane<Item, Answer>): void {
    while (lane.waiting.length > 0 && lane.inFlight < this.#limits.redisGroupsInFlightMax) void this.#sendGroup(partition, lane)
  }

  async #sendGroup(partition: number, lane: Lane<Item, Answer>): Promise<void> {
    const group = this.#next(lane)
    lane.inFlight++
    try {
      const answers = await this.#send(partition, group.map(({ item }) => item))
      group.forEach(({ resolve }, index) => resolve(answers[index]!))
    } catch (thrown) {
      for (const { reject } of group) reject(thrown)
    } finally {
      lane.inFlight--
      this.#finish(group)
      this.#flush(partition, lane)
    }
  }

  /** Takes a group's worth out of the lane, one item at least. */
  #next(lane: Lane<Item, Answer>): Waiting<Item, Answer>[] {
    const { redisGroupBytesMax, redisGroupEventsMax } = this.#limits
    let bytes = 0
    let events = 0
    let count = 0
    for (const one of lane.waiting) {
      if (count > 0 && (bytes + one.bytes > redisGroupBytesMax || events + one.events > redisGroupEventsMax)) break
      bytes += one.bytes
      events += one.events
      count++
    }
    return lane.waiting.splice(0, count)
  }

  #finish(group: readonly Waiting<Item, Answer>[]): void {
    for (const { bytes } of group) this.#bytes -= bytes
    this.#unfinished -= group.length
    if (this.#unfinished === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }
}
