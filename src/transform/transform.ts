/** Stage 2: what happens once per event, before any destination: the source's insert function. */
import { outcomeOfFailure } from '../isolate/run-outcome.ts'
import type { FunctionRuntime } from '../isolate/runtime.ts'
import { EventCarrier, type Integrations } from '../model/event.ts'
import type { Outcome } from '../model/outcome.ts'
import type { SourcePlan } from '../model/snapshot.ts'

/** One per event, in order. */
export type Transformed =
  | { kind: 'passed', event: EventCarrier }
  | Exclude<Outcome, { kind: 'delivered' }>

export async function transformEvents(plan: SourcePlan, events: readonly EventCarrier[], runtime: FunctionRuntime): Promise<Transformed[]> {
  if (!plan.insert) return events.map((event) => ({ kind: 'passed', event }))
  const results = await runtime.run({ instance: plan.insert, call: 'events', payloads: events.map((event) => event.text) })
  return results.map((result, index) => {
    if (result.outcome !== 'ok') return outcomeOfFailure(result)
    return { kind: 'passed', event: carrierOf(events[index]!, result) }
  })
}

/** It keeps its name, and what a browser has done with it is done, whatever the function wrote into the event. */
function carrierOf(given: EventCarrier, result: { text: string, integrations?: string }): EventCarrier {
  return new EventCarrier(result.text, given.messageId, integrationsOf(result.integrations), given.bundled)
}

const NONE: Integrations = Object.freeze({})

/** From the JSON text that was read inside the isolate, so that nobody parses the event for it. */
function integrationsOf(text = ''): Integrations {
  return text === '' || text === '{}' || text === '{"All":true}' ? NONE : JSON.parse(text) as Integrations
}
