/**
 * Webhooks of a source function: each is run through `onRequest`, and the events it made are appended to the log in the same
 * step that ends the webhook. Their messageIds follow from the webhook's, so a webhook that is run twice makes each event once.
 */
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { outcomeOfFailure } from '../isolate/run-outcome.ts'
import type { RunResult } from '../isolate/runtime.ts'
import { EventCarrier, type Json } from '../model/event.ts'
import type { Outcome } from '../model/outcome.ts'
import type { SourcePlan } from '../model/snapshot.ts'
import { normalizeEvent } from '../receive/normalize.ts'
import { orRetry, verdictsOf } from './connection-attempt.ts'
import type { Owner, SettlementDraft } from './settlement-draft.ts'
import { sourceRules } from './source-rules.ts'
import type { Item, Unit } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

/** What `onRequest` left behind: `events` for the log; `objects` are for warehouses alone and end here without one. */
interface RequestOutput {
  events: Json[]
}

export async function runWebhooks(unit: Unit, plan: SourcePlan, { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): Promise<void> {
  const owner: Owner = { queue: `source:${unit.sourceId}`, sourceId: unit.sourceId, kind: 'webhook' }
  const results: (RunResult | undefined)[] = []
  const outcomes = await orRetry(async () => {
    if (!plan.onRequest) return unit.items.map((): Outcome => ({ kind: 'retry', code: 'function_not_deployed' }))
    results.push(...await deps.runtime.run({ instance: plan.onRequest, call: 'request', payloads: unit.items.map((item) => item.event.text) }))
    return results.map((result): Outcome => (result!.outcome === 'ok' ? { kind: 'delivered' } : outcomeOfFailure(result!)))
  }, unit.items, deps)
  const now = deps.clock.now()
  verdictsOf(outcomes, unit.items, sourceRules(deps), deps).forEach((verdict, index) => {
    const item = unit.items[index]!
    const result = results[index]
    if (result?.outcome === 'ok') deriveEvents(item, result.text, { unit, owner, draft, now })
    draft.add(owner, item.event, { verdict, now })
  })
}

function deriveEvents(item: Item, text: string, { unit, owner, draft, now }: { unit: Unit, owner: Owner, draft: SettlementDraft, now: number }): void {
  const { events } = JSON.parse(text) as RequestOutput
  const accepted: EventCarrier[] = []
  const receivedAt = new Date(unit.receivedAt).toISOString()
  events.forEach((raw, index) => {
    const messageId = `${item.event.messageId}-${index}`
    const event = normalizeEvent(raw, { sourceId: unit.sourceId, receivedAtMs: unit.receivedAt, receivedAt, assignId: () => messageId })
    const code: ErrorCode | undefined = typeof event === 'string' ? event : undefined
    const carrier = new EventCarrier(JSON.stringify(raw), typeof event === 'string' ? messageId : event.messageId)
    const refused = code ?? (Buffer.byteLength(carrier.text) > limits.eventBytesMax ? 'event_too_large' : undefined)
    if (refused === undefined) accepted.push(carrier)
    else draft.add({ ...owner, kind: 'events' }, carrier, { verdict: { kind: 'over', outcome: { kind: 'discarded', code: refused }, attempts: 1 }, now })
  })
  if (accepted.length > 0) draft.derive({ sourceId: unit.sourceId, kind: 'events', receivedAt: unit.receivedAt, events: accepted })
}
