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
  [extra: string]: Json | FunctionError | FunctionLog[] | undefined
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
