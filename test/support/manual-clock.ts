/** A clock that stands still until it is moved; who sleeps wakes when its time has passed or its signal is aborted. */
import type { Clock } from '../../src/base/clock.ts'

export interface ManualClock extends Clock {
  advance(ms: number): void
  /** How many sleep now. */
  sleepers(): number
}

export function createManualClock(startsAt = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startsAt
  const sleeping = new Set<{ until: number, wake: () => void }>()
  return {
    now: () => now,
    monotonicMs: () => now - startsAt,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || ms <= 0) return resolve()
        const sleeper = { until: now + ms, wake: () => {} }
        sleeper.wake = () => {
          sleeping.delete(sleeper)
          signal?.removeEventListener('abort', sleeper.wake)
          resolve()
        }
        signal?.addEventListener('abort', sleeper.wake)
        sleeping.add(sleeper)
      }),
    sleepers: () => sleeping.size,
    advance(ms) {
      now += ms
      for (const sleeper of sleeping) if (sleeper.until <= now) sleeper.wake()
    },
  }
}
