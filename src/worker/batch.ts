import type { Connection } from '../model/snapshot.ts'
import type { Item } from './unit.ts'

/** One batch of one destination. It is delivered when it is full or its wait is over, and all who took seats have come or left. */
export class Batch {
  readonly sourceId: string
  readonly destinationId: string
  readonly items: Item[] = []
  readonly jobs: { id: number, lease: number }[] = []
  readonly #countMax: number
  readonly #closed = new AbortController()
  readonly #complete = Promise.withResolvers<void>()
  /** Seats taken, and those whose events have come or will not. */
  #taken = 0
  #arrived = 0

  constructor({ sourceId, destinationId }: Connection, countMax: number) {
    this.sourceId = sourceId
    this.destinationId = destinationId
    this.#countMax = countMax
  }

  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Takes up to `count` seats; says how many there were. */
  take(count: number): number {
    const seats = Math.min(count, this.#countMax - this.#taken)
    this.#taken += seats
    if (this.#taken === this.#countMax) this.close()
    return seats
  }

  close(): void {
    this.#closed.abort()
    this.#check()
  }

  arrive(items: readonly Item[], jobs: readonly { id: number, lease: number }[]): void {
    this.items.push(...items)
    this.jobs.push(...jobs)
    this.leave(items.length)
  }

  /** Their settlement was not written, so they are not this process's to deliver. */
  leave(count: number): void {
    this.#arrived += count
    this.#check()
  }

  complete(): Promise<void> {
    return this.#complete.promise
  }

  #check(): void {
    if (this.#closed.signal.aborted && this.#arrived === this.#taken) this.#complete.resolve()
  }
}
