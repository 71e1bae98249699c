/** Events that a destination has no room for now. */
import type { Refusal } from './lane.ts'
import type { Owner, SettlementDraft } from './settlement-draft.ts'
import type { Item } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

/** Not tried at all: it waits in the destination's own queue, and no attempt is counted. */
export function parkAll(owner: Owner, items: readonly Item[], refusal: Refusal, { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): void {
  const now = deps.clock.now()
  const dueAt = refusal === 'circuit_open' ? Math.max(now, deps.lanes.of(owner.queue).circuit.openUntil) : now
  for (const { event, state } of items) draft.park(owner, event, { state: { ...state, firstAt: state.firstAt || now }, dueAt, code: refusal })
}
