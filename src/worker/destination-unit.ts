/** A unit of due retries of one destination. */
import type { Verdict } from '../deliver/retry-policy.ts'
import { findConnection } from '../model/snapshot.ts'
import { attemptConnection } from './connection-attempt.ts'
import type { Place } from './lane.ts'
import { parkAll } from './park-all.ts'
import { settle } from './settle.ts'
import { SettlementDraft, type Owner } from './settlement-draft.ts'
import { runSourceInsert } from './source-insert.ts'
import type { Item, Unit } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

type Admitted = Extract<Place, { refusal?: undefined }>

export async function processDestinationUnit(unit: Unit, destinationId: string, deps: WorkDeps): Promise<void> {
  const draft = new SettlementDraft(unit.claim)
  const owner: Owner = { queue: destinationId, sourceId: unit.sourceId, kind: unit.kind }
  const connection = findConnection(deps.snapshot(), unit.sourceId, destinationId)
  // Disabled since it was claimed: it waits with what else is parked.
  if (!connection && deps.snapshot().pausedDestinationIds.has(destinationId)) {
    for (const { event, state } of unit.items) draft.park(owner, event, { state, dueAt: deps.clock.now(), code: 'destination_saturated' })
    return void (await settle(draft.build(), deps))
  }
  if (!connection) {
    for (const { item, verdict } of unit.items.map(removed)) draft.add(owner, item.event, { verdict, now: deps.clock.now() })
    return void (await settle(draft.build(), deps))
  }
  const place = await deps.lanes.of(destinationId).enter(deps.clock.now, Promise.resolve())
  if (place.refusal) parkAll(owner, unit.items, { refusal: place.refusal, connection }, { draft, deps })
  else {
    const items = unit.kind === 'untransformed' ? await transformFor(owner, unit, { draft, deps }) : unit.items
    const verdicts = items.length > 0 ? await attemptConnection(connection, items, place, deps) : leaveUnused(place, deps)
    items.forEach((item, index) => draft.add({ ...owner, kind: 'events' }, item.event, { verdict: verdicts[index]!, now: deps.clock.now() }))
  }
  await settle(draft.build(), deps)
}

/** Replayed events that the source's insert function stopped: it runs first, for this destination alone. Answers those that it lets through now. */
async function transformFor(owner: Owner, unit: Unit, { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): Promise<readonly Item[]> {
  const plan = deps.snapshot().sources.get(unit.sourceId)
  const { passed, stopped } = plan ? await runSourceInsert(unit, plan, deps) : { passed: [], stopped: unit.items.map(removed) }
  for (const { item, verdict } of stopped) draft.add(owner, item.event, { verdict, now: deps.clock.now() })
  return passed
}

function removed(item: Item): { item: Item, verdict: Verdict } {
  return { item, verdict: { kind: 'over', outcome: { kind: 'discarded', code: 'destination_removed' }, attempts: item.state.attempt } }
}

/** The destination was not asked, so its circuit learns nothing. */
function leaveUnused({ lane, admission }: Admitted, deps: WorkDeps): Verdict[] {
  lane.leave()
  lane.circuit.report([], { admission, now: deps.clock.now() })
  return []
}
