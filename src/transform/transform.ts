/** Stage 2: what happens once per event, before any destination: the source's insert function. */
import { outcomeOfFailure } from '../isolate/run-outcome.ts'
import type { FunctionRuntime } from '../isolate/runtime.ts'
import { EventCarrier } from '../model/event.ts'
import type { Outcome } from '../model/outcome.ts'
import type { SourcePlan } from '../model/snapshot.ts'

/** One per event, in order. `integrations` is the JSON text read inside the function's isolate, so that nobody parses the event for it. */
export type Transformed =
  | { kind: 'passed', event: EventCarrier, integrations?: string }
  | Exclude<Outcome, { kind: 'delivered' }>

export async function transformEvents(plan: SourcePlan, events: readonly EventCarrier[], runtime: FunctionRuntime): Promise<Transformed[]> {
  if (!plan.insert) return events.map((event) => ({ kind: 'passed', event }))
  const results = await runtime.run({ instance: plan.insert, call: 'events', payloads: events.map((event) => event.text) })
  return results.map((result, index) => {
    if (result.outcome !== 'ok') return outcomeOfFailure(result)
    // The messageId that arrived stays the event's name in the ledger, whatever the function wrote into the event.
    return {
      kind: 'passed',
      event: new EventCarrier(result.text, events[index]!.messageId),
      ...(result.integrations !== undefined && { integrations: result.integrations }),
    }
  })
}
