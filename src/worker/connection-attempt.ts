/** One attempt of one connection at a unit's events, from the lane's slot to the verdicts. */
import { asError } from '../base/errors.ts'
import type { Admission } from '../deliver/circuit.ts'
import { deliverEvents } from '../deliver/deliver.ts'
import { applyRetryPolicy, type RetryRules, type Verdict } from '../deliver/retry-policy.ts'
import type { Outcome } from '../model/outcome.ts'
import type { Connection } from '../model/snapshot.ts'
import type { Lane } from './lane.ts'
import type { Item } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

/** Gives back the slot. One verdict per item; never rejects. */
export async function attemptConnection(connection: Connection, items: readonly Item[], { lane, admission }: { lane: Lane, admission: Admission }, deps: WorkDeps): Promise<Verdict[]> {
  const outcomes = await orRetry(() => deliverEvents(connection, items.map((item) => item.event), deps), items, deps)
  lane.leave()
  const now = deps.clock.now()
  if (lane.circuit.report(outcomes, { admission, now })) {
    deps.log.info('destination answers again', { destinationId: connection.destinationId })
    deps.queue.hasten(connection.destinationId, now).catch((thrown: unknown) => deps.log.warn('could not hasten parked deliveries', { error: asError(thrown) }))
  }
  return verdictsOf(outcomes, items, { policy: connection.retry }, deps)
}

/** One random draw for all: events that failed together are parked, and tried again, together. */
export function verdictsOf(outcomes: readonly Outcome[], items: readonly Item[], rules: RetryRules, deps: WorkDeps): Verdict[] {
  const draw = deps.random()
  const at = { now: deps.clock.now(), random: () => draw }
  return outcomes.map((outcome, index) => applyRetryPolicy(outcome, items[index]!.state, at, rules))
}

/** A throw from below is a bug of ours, not of the event: it is logged, and the events are tried again. */
export async function orRetry(run: () => Promise<Outcome[]>, items: readonly Item[], deps: WorkDeps): Promise<Outcome[]> {
  try {
    return await run()
  } catch (thrown) {
    const error = asError(thrown)
    deps.log.error('a unit of work failed in an unexpected way; its events are tried again', { error })
    return items.map(() => ({ kind: 'retry', code: 'internal', message: error.message }))
  }
}
