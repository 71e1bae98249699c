/** When to try again: exponential with full jitter on the upper half, so that retries spread out but never come at once. */
import type { Random } from '../base/clock.ts'
import type { RetryPolicy } from '../model/snapshot.ts'

/**
 * Milliseconds to wait after the `attempt`-th attempt failed (1 = the first): uniform between half of and the whole of
 * base * 2^(attempt-1), capped; never less than what the other side asked for.
 * `backoffMs(1, {baseMs: 10_000, …}, { random: () => 0 })` is 5 000.
 */
export function backoffMs(attempt: number, policy: RetryPolicy, { random, askedMs = 0 }: { random: Random, askedMs?: number }): number {
  const full = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 40))
  return Math.max(askedMs, Math.round(full / 2 + random() * full / 2))
}
