/** A unit of due retries of one destination. */
import type { Verdict } from '../deliver/retry-policy.ts'
import { findConnection } from '../model/snapshot.ts'
import { attemptConnection } from './connection-attempt.ts'
import { parkAll } from './park-all.ts'
import { settle } from './settle.ts'
import { SettlementDraft, type Owner } from './settlement-draft.ts'
import type { Unit } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

export async function processDestinationUnit(unit: Unit, destinationId: string, deps: WorkDeps): Promise<void> {
  const draft = new SettlementDraft(unit.claim)
  const owner: Owner = { queue: destinationId, sourceId: unit.sourceId, kind: 'events' }
  const connection = findConnection(deps.snapshot(), unit.sourceId, destinationId)
  if (!connection) {
    for (const { event, state } of unit.items) {
      const verdict: Verdict = { kind: 'over', outcome: { kind: 'discarded', code: 'destination_removed' }, attempts: state.attempt }
      draft.add(owner, event, { verdict, now: deps.clock.now() })
    }
    return void (await settle(draft.build(), deps))
  }
  const lane = deps.lanes.of(destinationId)
  const refusal = await lane.enter(deps.clock.now, Promise.resolve())
  if (refusal) parkAll(owner, unit.items, refusal, { draft, deps })
  else {
    const verdicts = await attemptConnection(connection, unit.items, lane, deps)
    unit.items.forEach((item, index) => draft.add(owner, item.event, { verdict: verdicts[index]!, now: deps.clock.now() }))
  }
  await settle(draft.build(), deps)
}
