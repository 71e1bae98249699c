/**
 * Group commit, the main thread's half: what is to be written gathers in a group while earlier groups are with the writer; an idle
 * writer gets the group at the end of the current turn of the event loop, so nothing waits for company.
 */
import { SluiceError } from '../../base/errors.ts'
import type { Group, GroupItem, ItemAnswer } from './protocol.ts'
import { ChunkPool, Packer } from './region.ts'

/** One is being written while the next is already at the writer. */
const GROUPS_IN_FLIGHT_MAX = 2

export interface Waiting {
  done(answer: ItemAnswer): void
  fail(error: SluiceError): void
}

interface Gathering {
  packer: Packer
  items: GroupItem[]
  waiting: Waiting[]
  events: number
}

export interface OutboxOptions {
  eventsMax: number
  now: () => number
  post(group: Group): void
}

export class Outbox {
  readonly #options: OutboxOptions
  readonly #pool = new ChunkPool()
  readonly #sealed: Gathering[] = []
  readonly #inFlight = new Map<number, Gathering>()
  #gathering: Gathering
  #scheduled = false
  #seq = 0
  #bytes = 0

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#gathering = this.#startGroup()
  }

  /** Bytes that were given in and are not committed. */
  get bytes(): number {
    return this.#bytes
  }

  get idle(): boolean {
    return this.#inFlight.size === 0 && this.#sealed.length === 0 && this.#gathering.items.length === 0
  }

  /** `pack` writes the texts into the group and returns the item. What it throws is thrown here, and nothing is sent. */
  add(pack: (packer: Packer) => GroupItem, events: number, waiting: Waiting): void {
    const group = this.#gathering
    const before = group.packer.bytes
    const item = pack(group.packer)
    this.#bytes += group.packer.bytes - before
    group.items.push(item)
    group.waiting.push(waiting)
    group.events += events
    if (group.events >= this.#options.eventsMax) {
      this.#sealed.push(group)
      this.#gathering = this.#startGroup()
    }
    if (this.#scheduled || this.#inFlight.size >= GROUPS_IN_FLIGHT_MAX) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  answered(seq: number, answers: readonly ItemAnswer[], chunks: readonly ArrayBuffer[]): void {
    const group = this.#inFlight.get(seq)
    if (!group) return
    this.#inFlight.delete(seq)
    this.#bytes -= group.packer.bytes
    this.#pool.give(chunks)
    this.#flush()
    group.waiting.forEach((waiting, index) => waiting.done(answers[index] as ItemAnswer))
  }

  /** The writer is gone: nobody will answer. */
  failAll(error: SluiceError): void {
    const lost = [...this.#inFlight.values(), ...this.#sealed.splice(0), this.#gathering]
    this.#inFlight.clear()
    this.#gathering = this.#startGroup()
    this.#bytes = 0
    for (const group of lost) for (const waiting of group.waiting) waiting.fail(error)
  }

  #flush(): void {
    while (this.#inFlight.size < GROUPS_IN_FLIGHT_MAX) {
      const group = this.#sealed.shift() ?? this.#gathering
      if (group.items.length === 0) return
      if (group === this.#gathering) this.#gathering = this.#startGroup()
      const seq = ++this.#seq
      this.#inFlight.set(seq, group)
      this.#post(seq, group)
    }
  }

  #post(seq: number, group: Gathering): void {
    const { packer, items, waiting } = group
    try {
      this.#options.post({ kind: 'group', seq, now: this.#options.now(), chunks: packer.chunks, bytes: packer.bytes, items })
    } catch (cause) {
      this.#inFlight.delete(seq)
      this.#bytes -= packer.bytes
      const error = new SluiceError('internal', { message: 'The group holds something that cannot be sent to the writer.', cause })
      for (const one of waiting) one.fail(error)
    }
  }

  #startGroup(): Gathering {
    return { packer: new Packer(this.#pool), items: [], waiting: [], events: 0 }
  }
}
