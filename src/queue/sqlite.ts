/**
 * The embedded queue: one SQLite file, written by a thread of its own. What is to be written is committed in groups with `synchronous=FULL`;
 * committed entries are handed over in memory, and the file is read again only after a restart or to work off a backlog.
 * One process owns the file at a time.
 */
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import { limits as defaultLimits } from '../base/limits.ts'
import type { Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import { EventCarrier } from '../model/event.ts'
import type { OutcomeDetail } from '../model/outcome.ts'
import type {
  Appended, ClaimDueRequest, ClaimRequest, DeliveryPage, Depth, Entry, Job, LedgerRow, ListRequest, NewEntry, Queue, QueueName, ReviveRequest, Settled, Settlement,
} from './queue.ts'
import { cursorOf, positionOf } from './sqlite/cursor.ts'
import { Handover } from './sqlite/handover.ts'
import { Outbox } from './sqlite/outbox.ts'
import { eventsIn, packEntry, packSettlement } from './sqlite/pack-settlement.ts'
import type { AppendAnswer, DepthChange, ItemAnswer, Questions, SettleAnswer, StoredEntry, StoredJob } from './sqlite/protocol.ts'
import { regionStrings } from './sqlite/region.ts'
import { WriterClient } from './sqlite/writer-client.ts'

/** How much of a backlog is read back at a time. */
const READ_BYTES = 4 * 1024 ** 2

export interface SqliteQueueOptions {
  file: string
  clock: Clock
  log: Log
  limits?: Partial<Limits>
}

/** @throws SluiceError queue_unavailable when the file cannot be used: another process has it, a newer Sluice wrote it, or the disk fails */
export async function openSqliteQueue(options: SqliteQueueOptions): Promise<Queue> {
  const queue = new SqliteQueue(options)
  await queue.open()
  return queue
}

class SqliteQueue implements Queue {
  readonly durability = 'sqlite, fsync per group commit'
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #writer: WriterClient
  readonly #outbox: Outbox
  readonly #handover: Handover
  readonly #parked = new Map<QueueName, number>()
  #entries = 0
  #bytes = 0
  #closed: Promise<void> | undefined
  #reading: Promise<void> | undefined
  #drained: (() => void) | undefined

  constructor({ file, clock, log, limits }: SqliteQueueOptions) {
    this.#clock = clock
    this.#limits = { ...defaultLimits, ...limits }
    const now = (): number => clock.now()
    this.#handover = new Handover(this.#limits.handoverBytesMax)
    this.#writer = new WriterClient({
      writer: { file, limits: this.#limits },
      now,
      log,
      events: {
        ready: (depth, lastEntryId) => {
          this.#parked.clear()
          this.#note(depth)
          this.#handover.reset(depth.entries > 0 ? lastEntryId : 0)
        },
        group: ({ seq, answers, depth, chunks }) => {
          this.#note(depth)
          this.#outbox.answered(seq, answers, chunks)
          if (this.#outbox.idle) this.#drained?.()
        },
        depth: (change) => this.#note(change),
        down: (error) => {
          this.#outbox.failAll(error)
          this.#drained?.()
        },
      },
    })
    this.#outbox = new Outbox({ eventsMax: this.#limits.groupCommitEventsMax, now, post: (group) => this.#writer.post(group) })
  }

  open(): Promise<void> {
    return this.#writer.start()
  }

  append(entry: NewEntry): Promise<Appended> {
    if (entry.events.length === 0) return Promise.resolve({ entryId: 0, repeated: [] })
    let bytes = 0
    for (const { text, messageId } of entry.events) bytes += text.length + messageId.length
    return new Promise((resolve, reject) => {
      this.#assertWritable()
      this.#assertRoom(bytes)
      this.#outbox.add((packer) => packEntry(entry, packer), entry.events.length, {
        done: (answer) => {
          if ('error' in answer) return reject(failed(answer))
          resolve(this.#appended(entry, bytes, answer as AppendAnswer))
        },
        fail: reject,
      })
    })
  }

  async claim({ eventsMax, leaseMs, waitMs }: ClaimRequest): Promise<Entry[]> {
    const patience = this.#clock.monotonicMs() + waitMs
    for (;;) {
      this.#assertOpen()
      const now = this.#clock.monotonicMs()
      this.#handover.lapse(now)
      const entries = this.#handover.take(eventsMax, now + leaseMs)
      if (entries.length > 0) return entries
      if (this.#handover.gap) {
        await this.#readBack()
        continue
      }
      const waitLeft = Math.min(patience, this.#handover.nextLapse) - now
      if (now >= patience) return []
      await this.#wait(waitLeft)
      if (this.#closed) return []
    }
  }

  settle(settlement: Settlement): Promise<Settled> {
    return new Promise((resolve, reject) => {
      this.#assertWritable()
      this.#outbox.add((packer) => packSettlement(settlement, packer), eventsIn(settlement), {
        done: (answer) => {
          if ('error' in answer) return reject(failed(answer))
          resolve(this.#settled(settlement, answer as SettleAnswer))
        },
        fail: reject,
      })
    })
  }

  async claimDue({ queues, jobsMax, leaseMs }: ClaimDueRequest): Promise<Job[]> {
    this.#assertOpen()
    const filled = queues.filter((queue) => this.#parked.has(queue))
    if (filled.length === 0) return []
    const jobs = await this.#writer.ask('claimDue', { queues: filled, jobsMax, leaseMs, now: this.#clock.now() })
    return jobs.map(jobOf)
  }

  async hasten(queue: QueueName, dueAt: number): Promise<void> {
    this.#assertOpen()
    if (!this.#parked.has(queue)) return
    let step: Questions['hasten']['answer'] = {}
    do {
      step = await this.#writer.ask('hasten', { queue, dueAt, now: this.#clock.now(), after: step.after })
    } while (step.after)
  }

  async list({ cursor, count, ...filter }: ListRequest): Promise<DeliveryPage> {
    this.#assertOpen()
    let position = cursor === undefined ? undefined : positionOf(cursor)
    const found: Questions['list']['answer']['deliveries'] = []
    do {
      // One more than asked for says whether there is a next page.
      const step: Questions['list']['answer'] = await this.#writer.ask('list', { filter, position, count: count + 1 - found.length })
      found.push(...step.deliveries)
      position = step.position
    } while (position && found.length <= count)
    const shown = found.slice(0, count)
    const deliveries = shown.map(({ delivery }) => delivery)
    const last = shown.at(-1)
    return last && found.length > count ? { deliveries, next: cursorOf(last.position) } : { deliveries }
  }

  async revive(request: ReviveRequest): Promise<number> {
    this.#assertOpen()
    const now = this.#clock.now()
    let revived = 0
    let position: Questions['revive']['ask']['position']
    do {
      const step: Questions['revive']['answer'] = await this.#writer.ask('revive', { request, now, position })
      revived += step.revived
      position = step.position
    } while (position)
    return revived
  }

  async ledger(sourceId?: string): Promise<LedgerRow[]> {
    this.#assertOpen()
    return this.#writer.ask('ledger', { sourceId })
  }

  depth(): Depth {
    this.#assertOpen()
    return { entries: this.#entries, bytes: this.#bytes, parked: Object.fromEntries(this.#parked) }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#finish())
  }

  async #finish(): Promise<void> {
    this.#handover.wake()
    if (!this.#outbox.idle) await new Promise<void>((resolve) => (this.#drained = resolve))
    await this.#writer.close()
  }

  #assertOpen(): void {
    if (this.#closed) throw new SluiceError('queue_unavailable', { message: 'The queue is closed.' })
  }

  #assertWritable(): void {
    this.#assertOpen()
    if (!this.#writer.up) throw new SluiceError('queue_unavailable')
  }

  #assertRoom(bytes: number): void {
    if (this.#bytes + this.#outbox.bytes + bytes > this.#limits.logBytesMax) throw new SluiceError('queue_full')
    if (this.#outbox.bytes > this.#limits.uncommittedBytesMax) {
      throw new SluiceError('queue_full', { message: 'The disk is slower than events arrive; send the same request again later.' })
    }
  }

  #appended(entry: NewEntry, bytes: number, { entryId, repeated = [] }: AppendAnswer): Appended {
    if (entryId > 0) {
      const { sourceId, kind, receivedAt } = entry
      const refused = new Set(repeated)
      const events = repeated.length > 0 ? entry.events.filter((_, index) => !refused.has(index)) : entry.events
      this.#handover.add({ id: entryId, sourceId, kind, receivedAt, events }, bytes)
    }
    return { entryId, repeated }
  }

  #settled(settlement: Settlement, { applied, jobs, derived }: SettleAnswer): Settled {
    if (applied) this.#handover.settled(settlement.entryIds)
    derived.forEach((answer, index) => {
      const entry = settlement.derived[index] as NewEntry
      this.#appended(entry, entry.events.reduce((bytes, { text, messageId }) => bytes + text.length + messageId.length, 0), answer)
    })
    return { applied, jobs }
  }

  #note(change: DepthChange): void {
    this.#entries = change.entries
    this.#bytes = change.bytes
    for (const [queue, events] of change.parked) {
      if (events === 0) this.#parked.delete(queue)
      else this.#parked.set(queue, events)
    }
  }

  /** Reads the gap at the front of the line back; one reader serves all who wait. */
  #readBack(): Promise<void> {
    const gap = this.#handover.gap
    if (!gap) return Promise.resolve()
    const read = async (): Promise<void> => {
      const { entries, upTo } = await this.#writer.ask('read', { from: gap.from, to: gap.to, bytesMax: READ_BYTES })
      this.#handover.fill(gap, upTo, entries.map((entry) => ({ entry: entryOf(entry), bytes: entry.ids.byteLength + entry.texts.byteLength })))
    }
    return (this.#reading ??= read().finally(() => (this.#reading = undefined)))
  }

  async #wait(waitMs: number): Promise<void> {
    const over = new AbortController()
    const forget = this.#handover.onWake(() => over.abort())
    await this.#clock.sleep(waitMs, over.signal)
    forget()
  }
}

function failed(answer: Extract<ItemAnswer, { error: unknown }>): SluiceError {
  return new SluiceError(answer.error.code, { message: answer.error.message })
}

function entryOf({ id, sourceId, kind, receivedAt, ...stored }: StoredEntry): Entry {
  return { id, sourceId, kind, receivedAt, events: carriersOf(stored) }
}

function jobOf({ id, queue, sourceId, kind, attempt, firstAt, dueAt, strikes, code, lease, ...stored }: StoredJob): Job {
  return {
    id, queue, sourceId, kind, attempt, firstAt, dueAt, strikes, code, lease, events: carriersOf(stored),
    ...(stored.message !== null && { message: stored.message }),
    ...(stored.detail !== null && { detail: JSON.parse(stored.detail) as OutcomeDetail }),
  }
}

function carriersOf({ ids, texts, count }: { ids: Uint8Array, texts: Uint8Array, count: number }): EventCarrier[] {
  const messageIds = regionStrings(ids, count)
  return regionStrings(texts, count).map((text, index) => new EventCarrier(text, messageIds[index] as string))
}
