import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { applyRetryPolicy, FRESH } from '../../../src/deliver/retry-policy.ts'
import { backoffMs } from '../../../src/deliver/backoff.ts'
import type { RetryPolicy } from '../../../src/model/snapshot.ts'

const policy: RetryPolicy = { windowMs: 4 * 3_600_000, baseMs: 10_000, capMs: 1_200_000 }
const at = (now: number, draw = 0.5) => ({ now, random: () => draw })

describe('applyRetryPolicy', () => {
  it('ends an event that was delivered, with the attempt counted', () => {
    expect(applyRetryPolicy({ kind: 'delivered' }, FRESH, at(5), { policy })).toEqual({ kind: 'over', outcome: { kind: 'delivered' }, attempts: 1 })
  })

  it('parks a failure with one more attempt and the time of the first', () => {
    const verdict = applyRetryPolicy({ kind: 'retry', code: 'destination_error' }, FRESH, at(1_000, 1), { policy })
    expect(verdict).toMatchObject({ kind: 'again', state: { attempt: 1, firstAt: 1_000, strikes: 0 }, dueAt: 11_000 })
  })

  it('waits at least as long as the other side asked for', () => {
    const verdict = applyRetryPolicy({ kind: 'retry', code: 'destination_busy', afterMs: 60_000 }, FRESH, at(1_000), { policy })
    expect(verdict).toMatchObject({ dueAt: 61_000 })
  })

  it('does not let the other side ask for longer than the limit', () => {
    const verdict = applyRetryPolicy({ kind: 'retry', code: 'destination_busy', afterMs: 1e12 }, FRESH, at(0, 0), { policy })
    expect(verdict).toMatchObject({ dueAt: limits.retryAfterMsMax })
  })

  it('buries an event whose window is over, keeping the reason', () => {
    const verdict = applyRetryPolicy({ kind: 'retry', code: 'destination_error' }, { attempt: 9, firstAt: 1, strikes: 0 }, at(policy.windowMs + 1), { policy })
    expect(verdict).toEqual({ kind: 'over', outcome: { kind: 'buried', code: 'destination_error' }, attempts: 10 })
  })

  it('never buries an event that only waits for a slow destination', () => {
    const verdict = applyRetryPolicy({ kind: 'retry', code: 'destination_saturated', free: true }, { attempt: 0, firstAt: 1, strikes: 0 }, at(policy.windowMs * 9), { policy })
    expect(verdict).toMatchObject({ kind: 'again', state: { attempt: 0 } })
  })

  it('starts the window with the first attempt, not while the event waits for its turn', () => {
    const saturated = { kind: 'retry', code: 'destination_saturated', free: true } as const
    expect(applyRetryPolicy(saturated, FRESH, at(5), { policy })).toMatchObject({ kind: 'again', state: { firstAt: 0 } })
    const overloaded = { kind: 'retry', code: 'functions_overloaded', free: true } as const
    expect(applyRetryPolicy(overloaded, FRESH, at(policy.windowMs * 9), { policy })).toMatchObject({ kind: 'again', state: { firstAt: 0 } })
    expect(applyRetryPolicy({ kind: 'retry', code: 'destination_error' }, FRESH, at(policy.windowMs * 9), { policy })).toMatchObject({ kind: 'again' })
  })

  it('buries what has waited behind an open circuit for the whole window, without an attempt', () => {
    const open = { kind: 'retry', code: 'circuit_open', free: true } as const
    expect(applyRetryPolicy(open, FRESH, at(5), { policy })).toMatchObject({ kind: 'again', state: { attempt: 0, firstAt: 5 } })
    expect(applyRetryPolicy(open, { attempt: 2, firstAt: 5, strikes: 0 }, at(policy.windowMs + 5), { policy })).toMatchObject({ kind: 'over', outcome: { kind: 'buried', code: 'circuit_open' }, attempts: 2 })
  })

  it('buries an event that brought its isolate down too often, long before the window ends', () => {
    const strike = { kind: 'retry', code: 'function_memory', strike: true } as const
    const first = applyRetryPolicy(strike, FRESH, at(1), { policy })
    expect(first).toMatchObject({ kind: 'again', state: { strikes: 1 } })
    const last = applyRetryPolicy(strike, { attempt: 2, firstAt: 1, strikes: limits.poisonAttemptsMax - 1 }, at(2), { policy })
    expect(last).toMatchObject({ kind: 'over', outcome: { kind: 'buried', code: 'function_memory' } })
  })

  it('buries after the attempts a source function may have', () => {
    const verdict = applyRetryPolicy({ kind: 'retry', code: 'retry' }, { attempt: 5, firstAt: 1, strikes: 0 }, at(2), { policy, attemptsMax: 6 })
    expect(verdict).toMatchObject({ kind: 'over', outcome: { kind: 'buried' }, attempts: 6 })
  })

  it('counts no attempt for a call that never reached the function', () => {
    const verdict = applyRetryPolicy({ kind: 'retry', code: 'functions_overloaded', free: true }, { attempt: 3, firstAt: 7, strikes: 0 }, at(10), { policy })
    expect(verdict).toMatchObject({ kind: 'again', state: { attempt: 3, firstAt: 7 } })
  })
})

describe('backoffMs', () => {
  it('doubles from the base to the cap, and stays in the upper half of each step', () => {
    for (let attempt = 1; attempt < 60; attempt++) {
      const full = Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1))
      expect(backoffMs(attempt, policy, { random: () => 0 })).toBe(Math.round(full / 2))
      expect(backoffMs(attempt, policy, { random: () => 0.999999 })).toBeLessThanOrEqual(full)
    }
  })
})
