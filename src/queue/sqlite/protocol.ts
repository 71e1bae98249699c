/**
 * What the queue's main-thread side and its writer thread say to each other. Groups carry what must be durable and are answered in
 * order; questions (`Ask`) are answered one by one, in order with the groups. Texts travel as regions inside transferred chunks.
 */
import type { ErrorCode } from '../../base/errors.ts'
import type { Limits } from '../../base/limits.ts'
import type { FinalOutcome } from '../../model/outcome.ts'
import type { JobKind, LedgerRow, ListedDelivery, ListRequest, QueueName, ReviveRequest, Settled } from '../queue.ts'
import type { Packed } from './region.ts'

export interface WriterOptions {
  file: string
  limits: Limits
  /** The queue's clock at the start. */
  now: number
  /** How often a writer was started in this process; makes the leases of one start differ from those of all others. */
  start: number
}

export interface AppendItem {
  do: 'append'
  sourceId: string
  kind: 'events' | 'webhook'
  receivedAt: number
  packed: Packed
}

/** Events that ended alike at one destination. */
export interface EndedItem {
  sourceId: string
  destinationId: string
  /** Null for plain successes, which are never revived. */
  kind: JobKind | null
  outcome: FinalOutcome
  code: ErrorCode | null
  message: string | null
  /** JSON text. */
  detail: string | null
  attempts: number
  at: number
  packed: Packed
}

export interface ParkItem {
  queue: QueueName
  sourceId: string
  kind: JobKind
  attempt: number
  firstAt: number
  dueAt: number
  strikes: number
  code: ErrorCode
  message: string | null
  /** JSON text. */
  detail: string | null
  /** 0 when it is not claimed. */
  leasedUntil: number
  packed: Packed
}

export interface SettleItem {
  do: 'settle'
  entryIds: number[]
  jobs: { id: number, lease: number }[]
  ended: EndedItem[]
  parked: ParkItem[]
  derived: AppendItem[]
}

export type GroupItem = AppendItem | SettleItem

export interface Group {
  kind: 'group'
  seq: number
  /** The queue's clock when the group was sent; dedup and parking go by it. */
  now: number
  chunks: ArrayBuffer[]
  /** Used bytes of the chunks. */
  bytes: number
  items: GroupItem[]
}

export interface AppendAnswer {
  entryId: number
  /** Absent when there are none. */
  repeated?: number[]
}

export interface SettleAnswer extends Settled {
  derived: AppendAnswer[]
}

export interface Failure {
  error: { code: ErrorCode, message: string }
}

export type ItemAnswer = AppendAnswer | SettleAnswer | Failure

/** What `Queue.depth` shows; of `parked` only the queues that changed. */
export interface DepthChange {
  entries: number
  bytes: number
  parked: [QueueName, number][]
}

/** An entry or job as it lies in the file. */
export interface StoredEntry {
  id: number
  sourceId: string
  kind: 'events' | 'webhook'
  receivedAt: number
  count: number
  ids: Uint8Array
  texts: Uint8Array
}

export interface StoredJob extends Omit<StoredEntry, 'receivedAt' | 'kind'> {
  queue: QueueName
  kind: JobKind
  attempt: number
  firstAt: number
  dueAt: number
  strikes: number
  code: ErrorCode
  message: string | null
  detail: string | null
  lease: number
}

/** A place in the newest-first order of everything listed: all before it has been seen. */
export interface ListPosition {
  at: number
  id: number
  index: number
}

/** Questions and their answers, by name. Answers that stop early say so and are asked again, so that no question holds up groups for long. */
export interface Questions {
  read: { ask: { from: number, to: number, bytesMax: number }, answer: { entries: StoredEntry[], upTo: number } }
  claimDue: { ask: { queues: QueueName[], jobsMax: number, leaseMs: number, now: number }, answer: StoredJob[] }
  hasten: { ask: { queue: QueueName, dueAt: number, now: number, after?: HastenPosition }, answer: { after?: HastenPosition } }
  list: {
    ask: { filter: Omit<ListRequest, 'cursor' | 'count'>, position?: ListPosition, count: number }
    answer: { deliveries: { delivery: ListedDelivery, position: ListPosition }[], position?: ListPosition }
  }
  revive: {
    ask: { request: ReviveRequest, now: number, position?: RevivePosition }
    answer: { revived: number, position?: RevivePosition }
  }
  ledger: { ask: { sourceId?: string }, answer: LedgerRow[] }
  close: { ask: Record<string, never>, answer: null }
}

export interface HastenPosition {
  dueAt: number
  id: number
}

export interface RevivePosition {
  at: number
  id: number
  /** Records made after the call are not its business. */
  idMax: number
}

export type QuestionName = keyof Questions
export type Ask = { [Name in QuestionName]: { kind: 'ask', seq: number, name: Name, ask: Questions[Name]['ask'] } }[QuestionName]
export type ToWriter = Group | Ask

export type FromWriter =
  | { kind: 'ready', depth: DepthChange, lastEntryId: number }
  | { kind: 'refused', error: Failure['error'] }
  | { kind: 'group', seq: number, answers: ItemAnswer[], depth: DepthChange, chunks: ArrayBuffer[] }
  | { kind: 'answer', seq: number, answer: Questions[QuestionName]['answer'], depth: DepthChange }
  | { kind: 'failure', seq: number, error: Failure['error'] }
