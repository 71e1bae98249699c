/**
 * Hands committed entries to whoever claims them, in the order of their ids, and keeps the claims. Entries stay in memory up to a bound of bytes;
 * what comes beyond it is only noted as a gap of ids that is read back from the file when its turn comes. One process owns the log, so
 * claims are in memory alone: after a restart everything unsettled is one big gap.
 */
import type { Entry, EntryId } from '../queue.ts'

interface Gap {
  from: EntryId
  to: EntryId
}

interface Kept {
  entry: Entry
  bytes: number
}

export class Handover {
  readonly #bytesMax: number
  readonly #claims = new Map<EntryId, number>()
  #line: (Kept | Gap)[] = []
  #head = 0
  #bytes = 0
  #nextLapse = Infinity
  #wakers: (() => void)[] = []

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** When the first claim runs out, on the caller's clock; `Infinity` when there is none. May be too early. */
  get nextLapse(): number {
    return this.#nextLapse
  }

  add(entry: Entry, bytes: number): void {
    const last = this.#line.at(-1)
    if (this.#bytes + bytes <= this.#bytesMax || this.#bytes === 0) {
      this.#bytes += bytes
      this.#line.push({ entry, bytes })
    } else if (last && 'from' in last) {
      last.to = entry.id
    } else {
      this.#line.push({ from: entry.id, to: entry.id })
    }
    this.wake()
  }

  /** Starts over with the file as the only truth; claims stay. */
  reset(lastId: EntryId): void {
    this.#line = lastId > 0 ? [{ from: 1, to: lastId }] : []
    this.#head = 0
    this.#bytes = 0
    this.wake()
  }

  /** Claims entries in memory until `eventsMax` is reached; stops early at a gap. */
  take(eventsMax: number, until: number): Entry[] {
    const taken: Entry[] = []
    for (let events = 0; events < eventsMax;) {
      const next = this.#line[this.#head]
      if (!next || 'from' in next) break
      this.#drop()
      this.#bytes -= next.bytes
      this.#claims.set(next.entry.id, until)
      events += next.entry.events.length
      taken.push(next.entry)
    }
    if (taken.length > 0) this.#nextLapse = Math.min(this.#nextLapse, until)
    return taken
  }

  /** The gap at the front of the line, when entries must be read back before anything can be claimed. */
  get gap(): Readonly<Gap> | undefined {
    const next = this.#line[this.#head]
    return next && 'from' in next ? next : undefined
  }

  /** Replaces the first part of a gap, up to `upTo`, by what the file holds there. */
  fill(gap: Readonly<Gap>, upTo: EntryId, entries: readonly Kept[]): void {
    const at = this.#line.indexOf(gap as Gap, this.#head)
    if (at < 0) return
    const free = entries.filter(({ entry }) => !this.#claims.has(entry.id))
    for (const { bytes } of free) this.#bytes += bytes
    const rest = upTo < gap.to ? [{ from: upTo + 1, to: gap.to }] : []
    this.#line = [...this.#line.slice(this.#head, at), ...free, ...rest, ...this.#line.slice(at + 1)]
    this.#head = 0
  }

  settled(ids: readonly EntryId[]): void {
    for (const id of ids) this.#claims.delete(id)
  }

  /** Puts entries whose claim ran out back to the front, oldest first. */
  lapse(now: number): void {
    if (now < this.#nextLapse) return
    this.#nextLapse = Infinity
    const lapsed: Gap[] = []
    for (const [id, until] of this.#claims) {
      if (until > now) {
        this.#nextLapse = Math.min(this.#nextLapse, until)
        continue
      }
      this.#claims.delete(id)
      lapsed.push({ from: id, to: id })
    }
    lapsed.sort((one, other) => one.from - other.from)
    if (lapsed.length === 0) return
    this.#line = [...lapsed, ...this.#line.slice(this.#head)]
    this.#head = 0
  }

  /** Calls back once something may be there to claim; the function returned takes that back. */
  onWake(waker: () => void): () => void {
    this.#wakers.push(waker)
    return () => {
      this.#wakers = this.#wakers.filter((other) => other !== waker)
    }
  }

  wake(): void {
    if (this.#wakers.length === 0) return
    const wakers = this.#wakers
    this.#wakers = []
    for (const waker of wakers) waker()
  }

  #drop(): void {
    this.#head++
    if (this.#head < 1_024 || this.#head * 2 < this.#line.length) return
    this.#line = this.#line.slice(this.#head)
    this.#head = 0
  }
}
