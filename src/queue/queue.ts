/**
 * The queue contract: the durable log of received micro-batches, the parked deliveries of each destination, the records of
 * what is over, and the ledger that counts it all. Implementations: `sqlite.ts` (embedded); each passes `test/contract/queue.suite.ts`.
 *
 * Words: an *entry* is one micro-batch in the log. A *job* is a parked micro-batch of one destination (or of a source's own
 * function, see `QueueName`). A *settlement* ends claims and says what became of their events, all or nothing, in one step with
 * the ledger's counters; so the ledger cannot drift from the truth.
 *
 * The ledger balances at every moment: for each destination that was there from its source's first event on,
 * `accepted = delivered + filtered + discarded + buried + pending`, where pending = (accepted - settled) + parked.
 */
import type { ErrorCode } from '../base/errors.ts'
import type { EventCarrier } from '../model/event.ts'
import type { FinalOutcome, ListedOutcome, OutcomeDetail } from '../model/outcome.ts'

export type EntryId = number
export type JobId = number
/** A destination's id; or `source:<id>` for events whose source insert function, or webhooks whose source function, must be run again. */
export type QueueName = string

/**
 * What a job's or a record's texts are. `events` are on their way to a destination (under `source:<id>`: to its insert function); `webhook`
 * are requests for a source function; `untransformed` are events as they were received, owed to one destination only: the source's insert
 * function has not let them through, and must run before they are delivered.
 */
export type JobKind = 'events' | 'webhook' | 'untransformed'

export interface NewEntry {
  sourceId: string
  kind: 'events' | 'webhook'
  /** Milliseconds since 1970. */
  receivedAt: number
  /** For kind `webhook`: one carrier whose text is {body, headers, url} and whose messageId is the webhook's own id. */
  events: EventCarrier[]
}

export interface Appended {
  entryId: EntryId
  /** Indexes of events whose messageId this source has sent before, within the dedup window; they are not in the log. */
  repeated: number[]
}

export interface Entry extends NewEntry {
  id: EntryId
}

export interface NewJob {
  queue: QueueName
  sourceId: string
  kind: JobKind
  events: EventCarrier[]
  /** Attempts made so far. */
  attempt: number
  /** When the first attempt was made, or a circuit was first found open; the retry window counts from here. 0 while neither. */
  firstAt: number
  dueAt: number
  /** How often the event brought its function's isolate or process down. */
  strikes: number
  /** Why it waits. */
  code: ErrorCode
  message?: string
  detail?: OutcomeDetail
  /** Parked as already claimed by the caller until this time: its delivery is still under way. */
  leasedUntil?: number
}

export interface Job extends Omit<NewJob, 'leasedUntil'> {
  id: JobId
  /** Proof of the claim; a settlement with an old one is refused. */
  lease: number
}

/** One event's end at one destination, kept in full for everything that is not a plain success. */
export interface DeliveryRecord {
  sourceId: string
  /** Or `source:<id>`, for webhooks and for what was refused of the events they made. */
  destinationId: QueueName
  /** What its job is when it is revived. */
  kind: JobKind
  event: EventCarrier
  outcome: Exclude<FinalOutcome, 'delivered'>
  code: ErrorCode
  message?: string
  detail?: OutcomeDetail
  attempts: number
  at: number
}

/** Plain successes of one settlement at one destination. */
export interface DeliveredBatch {
  sourceId: string
  destinationId: string
  messageIds: string[]
  attempts: number
  at: number
}

export interface Settlement {
  /** Log entries that are over. Their events count as settled for their source, except those parked again under `source:<id>`. */
  entryIds: EntryId[]
  /** Claimed jobs that are over. */
  jobs: { id: JobId, lease: number }[]
  delivered: DeliveredBatch[]
  records: DeliveryRecord[]
  /** Deliveries to try again later. Jobs for `source:<id>` hold their events back: they are not settled for their source. */
  parked: NewJob[]
  /** Events made from webhooks: appended to the log (with dedup) in the same step. */
  derived: NewEntry[]
}

export interface Settled {
  /** False when a claim of it was lost (its lease ran out and somebody else has it); then nothing at all was written. */
  applied: boolean
  /** The ids of `parked`, in order, with the lease of those that were parked as claimed. */
  jobs: { id: JobId, lease: number }[]
}

export interface ClaimRequest {
  /** Claims whole entries until this many events are reached; at least one entry when there is one. */
  eventsMax: number
  leaseMs: number
  /** Waits this long for something to claim; 0 answers at once. */
  waitMs: number
}

export interface ClaimDueRequest {
  /** Only jobs of these queues. */
  queues: QueueName[]
  jobsMax: number
  leaseMs: number
}

export interface Depth {
  /** Entries and bytes in the log that are not settled. */
  entries: number
  bytes: number
  /** Events parked, by queue; only queues that hold some. */
  parked: Record<QueueName, number>
}

export interface ListRequest {
  sourceId?: string
  destinationId?: string
  messageId?: string
  outcome?: ListedOutcome
  /** Milliseconds since 1970, inclusive and exclusive. */
  from?: number
  to?: number
  /** From an earlier page's `next`. */
  cursor?: string
  count: number
}

export interface ListedDelivery {
  /** Names this row in cursors; opaque. */
  id: string
  sourceId: string
  destinationId: string
  messageId: string
  outcome: ListedOutcome
  code?: ErrorCode
  message?: string
  detail?: OutcomeDetail
  attempts: number
  /** When it ended; for pending ones when it was last tried. */
  at: number
  /** For pending ones: when it is tried next. */
  dueAt?: number
  /** The event's JSON text; absent for plain successes. */
  event?: string
}

export interface DeliveryPage {
  deliveries: ListedDelivery[]
  next?: string
}

/** Which ended deliveries to bring back; `destinationId` and one of the outcomes are required so that a slip cannot replay everything. */
export interface ReviveRequest {
  /** Or `source:<id>`, for webhooks of its source function. */
  destinationId: QueueName
  outcome: Exclude<FinalOutcome, 'delivered'>
  messageIds?: string[]
  from?: number
  to?: number
}

export interface LedgerRow {
  sourceId: string
  accepted: number
  /** Events that left the log. */
  settled: number
  connections: LedgerConnection[]
}

export interface LedgerConnection {
  destinationId: string
  delivered: number
  filtered: number
  discarded: number
  buried: number
  /** Parked in the destination's own queue, plus what its source's log still holds. */
  pending: number
}

export interface Queue {
  /** What a resolved append stands for, engine first, for `/readyz`: "sqlite, fsync per group commit", "redis, appendfsync always", … */
  readonly durability: string
  /**
   * Adds an entry to the log. Durable once resolved. Events that the source has sent before (by messageId, within the dedup
   * window) are left out and named; an entry of which nothing is left is not written, and its id is 0.
   * Entries of kind `webhook` do not count as accepted events.
   * @throws SluiceError queue_full when the log is too deep, queue_unavailable when it cannot be written
   */
  append(entry: NewEntry): Promise<Appended>
  /** Takes entries for the caller alone, oldest first. What is not settled before its lease ends is handed out again. */
  claim(request: ClaimRequest): Promise<Entry[]>
  /** Ends claims and records what became of their events, all or nothing. Durable once resolved. */
  settle(settlement: Settlement): Promise<Settled>
  /** Takes jobs whose time has come, longest due first, for the caller alone. */
  claimDue(request: ClaimDueRequest): Promise<Job[]>
  /** Makes every waiting, unclaimed job of a queue due at `dueAt` where that is earlier; when a circuit closes. */
  hasten(queue: QueueName, dueAt: number): Promise<void>
  /** Newest first. */
  list(request: ListRequest): Promise<DeliveryPage>
  /**
   * Parks matching records again as the kind they are of, one kind to a job, due at once and with a fresh retry window; returns how many.
   * The ledger follows. Under `source:<id>` only webhooks are revived: what was refused of the events that one made can never be accepted,
   * and comes again when its webhook does.
   */
  revive(request: ReviveRequest): Promise<number>
  /** Exact at any moment. Destinations that never had an event do not appear. */
  ledger(sourceId?: string): Promise<LedgerRow[]>
  /** A cheap look, without waiting. */
  depth(): Depth
  /** Waits for what is under way; afterwards every call throws queue_unavailable. */
  close(): Promise<void>
}
