/** A unit fresh from the log, or one whose source insert function must run again: transform once, then deliver to all. */
import { asError } from '../base/errors.ts'
import { FRESH, type Verdict } from '../deliver/retry-policy.ts'
import type { Outcome } from '../model/outcome.ts'
import type { SourcePlan } from '../model/snapshot.ts'
import { transformEvents } from '../transform/transform.ts'
import { verdictsOf } from './connection-attempt.ts'
import { deliverUnit } from './deliver-unit.ts'
import { settle } from './settle.ts'
import { SettlementDraft } from './settlement-draft.ts'
import type { Item, Unit } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'
import { sourceRules } from './source-rules.ts'
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
  const passed = await transformUnit(unit, plan, { draft, deps })
  await deliverUnit(unit, passed, plan.connections, { draft, deps })
}

/** Answers the items that go on to the connections, and drafts the ends of the others: one for each connection that is owed one. */
async function transformUnit(unit: Unit, plan: SourcePlan, { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): Promise<Item[]> {
  if (!plan.insert) return unit.items
  const outcomes: Outcome[] = []
  const passed: Item[] = []
  const stopped: Item[] = []
  for (const [index, result] of (await transformOrRetry(unit, plan, deps)).entries()) {
    const item = unit.items[index]!
    if (result.kind === 'passed') {
      // What comes now are the destinations' attempts; those of the insert function do not count against them.
      passed.push({ event: result.event, state: FRESH })
    } else {
      outcomes.push(result)
      stopped.push(item)
    }
  }
  const verdicts = verdictsOf(outcomes, stopped, sourceRules(deps), deps)
  stopped.forEach((item, index) => draftStopped(unit, plan, { item, verdict: verdicts[index]! }, { draft, deps }))
  return passed
}

function draftStopped(unit: Unit, plan: SourcePlan, { item, verdict }: { item: Item, verdict: Verdict }, { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): void {
  const now = deps.clock.now()
  if (verdict.kind === 'again') {
    draft.add({ queue: `source:${unit.sourceId}`, sourceId: unit.sourceId, kind: 'events' }, item.event, { verdict, now })
    return
  }
  for (const connection of plan.connections) {
    draft.add({ queue: connection.destinationId, sourceId: unit.sourceId, kind: 'events' }, item.event, { verdict, now })
  }
}

async function transformOrRetry(unit: Unit, plan: SourcePlan, deps: WorkDeps): ReturnType<typeof transformEvents> {
  try {
    return await transformEvents(plan, unit.items.map((item) => item.event), deps.runtime)
  } catch (thrown) {
    const error = asError(thrown)
    deps.log.error('the source insert function could not be run; its events are tried again', { error })
    return unit.items.map(() => ({ kind: 'retry', code: 'internal', message: error.message }))
  }
}
