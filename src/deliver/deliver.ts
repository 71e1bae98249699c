/** Stage 3: one connection's share of a micro-batch as a list of steps. Fresh events and due retries use the same code. */
import { findDestination } from '../destinations/registry.ts'
import type { DestinationContext } from '../destinations/destination.ts'
import { outcomeOfFailure } from '../isolate/run-outcome.ts'
import type { FunctionRuntime, RunResult } from '../isolate/runtime.ts'
import { EventCarrier } from '../model/event.ts'
import type { RunnableInstance } from '../model/function.ts'
import { DELIVERED, type Outcome } from '../model/outcome.ts'
import type { Connection } from '../model/snapshot.ts'
import { wantsDestination } from './integrations.ts'

export interface DeliverDeps {
  runtime: FunctionRuntime
  destinationContext(destinationId: string): DestinationContext
}

/** One outcome per event, in order; never throws for anything a function or a destination does. */
export async function deliverEvents(connection: Connection, given: readonly EventCarrier[], deps: DeliverDeps): Promise<Outcome[]> {
  const outcomes: (Outcome | undefined)[] = given.map((event) => excluded(event, connection))
  const events = await insertFunction(connection, given, outcomes, deps)
  const open = indexesOf(outcomes)
  if (open.length === 0) return outcomes as Outcome[]
  const sent = await send(connection, open.map((index) => events[index]!), deps)
  open.forEach((index, at) => { outcomes[index] = sent[at]! })
  return outcomes as Outcome[]
}

function excluded(event: EventCarrier, connection: Connection): Outcome | undefined {
  if (!wantsDestination(event.integrations, connection.integrationName)) return { kind: 'filtered', code: 'filtered_by_integrations_object' }
  return event.bundled.includes(connection.integrationName) ? { kind: 'filtered', code: 'message_sent_client_side' } : undefined
}

/** Runs the destination's insert function over the events still open; writes the ends of those it stops. */
async function insertFunction(connection: Connection, given: readonly EventCarrier[], outcomes: (Outcome | undefined)[], deps: DeliverDeps): Promise<EventCarrier[]> {
  const events = [...given]
  if (!connection.insert) return events
  const open = indexesOf(outcomes)
  if (open.length === 0) return events
  const results = await runFunction(connection.insert, open.map((index) => events[index]!), deps)
  results.forEach((result, at) => {
    const index = open[at]!
    if (result.outcome === 'ok') events[index] = new EventCarrier(result.text, events[index]!.messageId)
    else outcomes[index] = outcomeOfFailure(result)
  })
  return events
}

function send(connection: Connection, events: EventCarrier[], deps: DeliverDeps): Promise<Outcome[]> {
  switch (connection.target.kind) {
    case 'builtin': return toDestination(connection.destinationId, connection.target, events, deps)
    case 'function': return toFunction(connection.target.instance, events, deps)
  }
}

async function toDestination(destinationId: string, target: Extract<Connection['target'], { kind: 'builtin' }>, events: EventCarrier[], deps: DeliverDeps): Promise<Outcome[]> {
  const destination = findDestination(target.slug)
  if (!destination) return events.map(() => ({ kind: 'discarded', code: 'destination_removed' }))
  const context = deps.destinationContext(destinationId)
  const sent = await Promise.all(chunks(events, destination.batchEventsMax(target.settings)).map((chunk) => destination.deliver(chunk, target.settings, context)))
  return sent.flat()
}

async function toFunction(instance: RunnableInstance, events: EventCarrier[], deps: DeliverDeps): Promise<Outcome[]> {
  const results = await runFunction(instance, events, deps)
  return results.map((result) => (result.outcome === 'ok' ? DELIVERED : outcomeOfFailure(result)))
}

async function runFunction(instance: RunnableInstance, events: readonly EventCarrier[], deps: DeliverDeps): Promise<RunResult[]> {
  const payloads = events.map((event) => event.text)
  if (!instance.batches) return deps.runtime.run({ instance, call: 'events', payloads })
  // A lone event goes to its own type's handler, as slow traffic does at Segment.
  const results = await Promise.all(chunks(payloads, instance.batchMaxCount).map((chunk) =>
    deps.runtime.run({ instance, call: chunk.length > 1 ? 'batch' : 'events', payloads: chunk })))
  return results.flat()
}

function indexesOf(outcomes: readonly (Outcome | undefined)[]): number[] {
  const open: number[] = []
  outcomes.forEach((outcome, index) => { if (outcome === undefined) open.push(index) })
  return open
}

function chunks<Item>(items: Item[], size: number): Item[][] {
  if (items.length <= size) return [items]
  const parts: Item[][] = []
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size))
  return parts
}
