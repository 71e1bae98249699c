/** Events that a destination has no room for now. */
import { limits } from '../base/limits.ts'
import { applyRetryPolicy } from '../deliver/retry-policy.ts'
import type { Connection } from '../model/snapshot.ts'
import type { Refusal } from './lane.ts'
import type { Owner, SettlementDraft } from './settlement-draft.ts'
import type { Item } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

/**
 * Not tried at all: they wait in the destination's own queue, and no attempt is counted. But what has waited behind an open circuit
 * for the whole retry window is buried: the probes that failed meanwhile were tried for it too.
 */
export function parkAll(owner: Owner, items: readonly Item[], { refusal, connection }: { refusal: Refusal, connection: Connection }, { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): void {
  const now = deps.clock.now()
  const dueAt = refusal === 'circuit_open' ? Math.max(now + limits.circuitOpenMs, deps.lanes.of(owner.queue).circuit.openUntil) : now
  for (const { event, state } of items) {
    const verdict = applyRetryPolicy({ kind: 'retry', code: refusal, free: true }, state, { now, random: deps.random }, { policy: connection.retry })
    draft.add(owner, event, { verdict: verdict.kind === 'again' ? { ...verdict, dueAt } : verdict, now })
  }
}
