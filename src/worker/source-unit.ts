/** A unit fresh from the log, or one whose source insert function must run again: transform once, then deliver to all. */
import type { SourcePlan } from '../model/snapshot.ts'
import { deliverUnit } from './deliver-unit.ts'
import { settle } from './settle.ts'
import { SettlementDraft } from './settlement-draft.ts'
import { runSourceInsert, type Inserted } from './source-insert.ts'
import type { Unit } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'
import { runWebhooks } from './webhook-unit.ts'

export async function processSourceUnit(unit: Unit, deps: WorkDeps): Promise<void> {
  const plan = deps.snapshot().sources.get(unit.sourceId)
  const draft = new SettlementDraft(unit.claim)
  // A deleted source owes its events to nobody any more.
  if (!plan) return void (await settle(draft.build(), deps))
  if (unit.claim.entryIds.length > 0) deps.recent.add(unit)
  if (unit.kind === 'webhook') {
    await runWebhooks(unit, plan, { draft, deps })
    return void (await settle(draft.build(), deps))
  }
  const { passed, stopped } = await runSourceInsert(unit, plan, deps)
  for (const one of stopped) draftStopped(unit, plan, one, { draft, deps })
  await deliverUnit(unit, passed, plan.connections, { draft, deps })
}

/** One end for each connection that is owed one. Each keeps the event as it was received, so that the function runs again when it is replayed. */
function draftStopped(unit: Unit, plan: SourcePlan, { item, verdict }: Inserted['stopped'][number], { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): void {
  const now = deps.clock.now()
  if (verdict.kind === 'again') {
    draft.add({ queue: `source:${unit.sourceId}`, sourceId: unit.sourceId, kind: 'events' }, item.event, { verdict, now })
    return
  }
  for (const connection of plan.connections) {
    draft.add({ queue: connection.destinationId, sourceId: unit.sourceId, kind: 'untransformed' }, item.event, { verdict, now })
  }
}
