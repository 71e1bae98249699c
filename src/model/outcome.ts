/** How one event ended at one destination, as values: nothing on the way of an event throws for an expected ending. */
import type { ErrorCode } from '../base/errors.ts'
import type { Json } from './event.ts'

/** What a person needs to see why it did not work. Bounded and redacted before it gets here. */
export interface OutcomeDetail {
  /** An error thrown by a function, placed in the author's file. */
  error?: FunctionError
  /** The outgoing request's answer. */
  status?: number
  responseBody?: string
  logs?: FunctionLog[]
  /** More was logged than is kept. */
  logsTruncated?: true
  /** What a function asked other servers and was answered, the last of it when it was much. */
  requests?: FunctionRequest[]
  requestsTruncated?: true
  /** Of a parked job: what is its events' own, by messageId; the rest is what they share. */
  ofEvents?: { [messageId: string]: OutcomeDetail }
  [extra: string]: Json | FunctionError | FunctionLog[] | FunctionRequest[] | { [messageId: string]: OutcomeDetail } | undefined
}

/** What is known of one event where `detail` is that of its job. */
export function detailOfEvent(detail: OutcomeDetail, messageId: string): OutcomeDetail {
  const { ofEvents, ...shared } = detail
  return ofEvents !== undefined && Object.hasOwn(ofEvents, messageId) ? ofEvents[messageId]! : shared
}

export interface FunctionError {
  name: string
  message: string
  file?: string
  /** 1-based, in the author's file. */
  line?: number
  /** 1-based. */
  column?: number
  stack?: string
}

export interface FunctionLog {
  level: 'debug' | 'info' | 'log' | 'warn' | 'error'
  message: string
  /** Milliseconds since 1970. */
  at: number
}

export interface FunctionRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: string
  /** Absent while there was no answer. */
  status?: number
  responseBody?: string
  /** Why there was none. */
  error?: string
}

/** What a delivery attempt says about one event. `retry` becomes `parked` or, when its time is over, `buried`. */
export type Outcome =
  | { kind: 'delivered' }
  | { kind: 'filtered', code: ErrorCode, message?: string, detail?: OutcomeDetail }
  | { kind: 'discarded', code: ErrorCode, message?: string, detail?: OutcomeDetail }
  | {
    kind: 'retry'
    code: ErrorCode
    message?: string
    /** The other side asked to wait this long. */
    afterMs?: number
    /** The event brought its isolate or process down; few of these are forgiven. */
    strike?: boolean
    /** The attempt never reached the other side for a reason that is not the event's; it does not count. */
    free?: boolean
    detail?: OutcomeDetail
  }

/** The four ends that the ledger counts. */
export const FINAL_OUTCOMES = ['delivered', 'filtered', 'discarded', 'buried'] as const
export type FinalOutcome = (typeof FINAL_OUTCOMES)[number]
/** What the deliveries list can be asked for; `pending` are the parked ones. */
export type ListedOutcome = FinalOutcome | 'pending'

export const DELIVERED: Outcome = Object.freeze({ kind: 'delivered' })
