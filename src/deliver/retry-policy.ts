/** What an attempt's outcome means for the event: over, or parked until when. Pure. */
import type { Random } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import type { Outcome } from '../model/outcome.ts'
import type { RetryPolicy } from '../model/snapshot.ts'
import { backoffMs } from './backoff.ts'

/** Where an event stands in its retries, before this attempt. */
export interface RetryState {
  /** Attempts made before this one. */
  attempt: number
  /** When the first attempt was made, or the event first met an open circuit; 0 while neither. */
  firstAt: number
  strikes: number
}

export const FRESH: RetryState = { attempt: 0, firstAt: 0, strikes: 0 }

export type Verdict =
  | { kind: 'over', outcome: Exclude<Outcome, { kind: 'retry' }> | { kind: 'buried' } & Omit<Extract<Outcome, { kind: 'retry' }>, 'kind'>, attempts: number }
  | { kind: 'again', state: RetryState, dueAt: number, outcome: Extract<Outcome, { kind: 'retry' }> }

export interface RetryRules {
  policy: RetryPolicy
  /** Bury after this many attempts; source functions have such a rule, destinations only the window. */
  attemptsMax?: number
}

export function applyRetryPolicy(outcome: Outcome, state: RetryState, at: { now: number, random: Random }, rules: RetryRules): Verdict {
  if (outcome.kind !== 'retry') return { kind: 'over', outcome, attempts: state.attempt + 1 }
  const { policy, attemptsMax = Infinity } = rules
  const attempt = outcome.free ? state.attempt : state.attempt + 1
  const strikes = outcome.strike ? state.strikes + 1 : state.strikes
  // Behind an open circuit the clock runs too: it is the destination that fails. An event that only waits for its turn has not been tried.
  const started = !outcome.free || outcome.code === 'circuit_open'
  const firstAt = state.firstAt === 0 && started ? at.now : state.firstAt
  const expired = outcome.code !== 'destination_saturated' && firstAt !== 0 && at.now - firstAt >= policy.windowMs
  if (expired || attempt >= attemptsMax || strikes >= limits.poisonAttemptsMax) {
    return { kind: 'over', outcome: { ...outcome, kind: 'buried' }, attempts: attempt }
  }
  const askedMs = Math.min(outcome.afterMs ?? 0, limits.retryAfterMsMax)
  // Its place in the queue is all that a slow destination's event waits for.
  const waitMs = outcome.code === 'destination_saturated' ? askedMs : backoffMs(Math.max(attempt, 1), policy, { random: at.random, askedMs })
  return { kind: 'again', state: { attempt, firstAt, strikes }, dueAt: at.now + waitMs, outcome }
}
