/** The last step of a tracking call: normalized events become carriers, and one append makes them durable. */
import type { ErrorCode } from '../base/errors.ts'
import { SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import { limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import { bundledOf, EventCarrier } from '../model/event.ts'
import type { Event, Json } from '../model/event.ts'
import { DEFAULT_INTAKE } from '../model/snapshot.ts'
import type { Intake } from '../model/snapshot.ts'
import type { Queue } from '../queue/queue.ts'
import { normalizeEvent } from './normalize.ts'
import type { CallContext } from './normalize.ts'
import { problemOf } from './problems.ts'
import type { Problem } from './problems.ts'
import type { Refusals } from './refusals.ts'

export interface AcceptDeps {
  queue: Queue
  refusals: Refusals
  log: Log
  /** Default: `DEFAULT_INTAKE`. */
  intake?: Intake
}

/**
 * Keeps the good events and counts the bad ones. Once this resolved, what was good is durable; events that were sent before are
 * left out by the queue.
 * @throws SluiceError queue_full, queue_unavailable: nothing was kept, the client must send all of it again;
 * payload_too_large when the batch's own context, copied into its events, makes them too large together;
 * events_refused when the source is strict and an event is bad
 */
export async function acceptEvents(items: Json[], call: Omit<CallContext, 'assignId'>, deps: AcceptDeps): Promise<void> {
  return keep(carryEvents(items, call, deps), call, deps)
}

interface Carried {
  events: EventCarrier[]
  refused: ReadonlyMap<ErrorCode, number>
}

function carryEvents(items: Json[], call: Omit<CallContext, 'assignId'>, deps: AcceptDeps): Carried {
  const events: EventCarrier[] = []
  const refused = new Map<ErrorCode, number>()
  const { strict, eventBytesMax } = deps.intake ?? DEFAULT_INTAKE
  const full: CallContext = { ...call, assignId: idsOfOneRequest() }
  const problems: Problem[] = []
  let textChars = 0
  for (let index = 0; index < items.length; index++) {
    const item = items[index]!
    const carried = carryEvent(item, full, eventBytesMax)
    if (typeof carried === 'string') {
      refused.set(carried, (refused.get(carried) ?? 0) + 1)
      if (strict && carried !== 'bot_dropped') problems.push(problemOf(item, carried, { index, type: call.type }))
    } else {
      events.push(carried)
      textChars += carried.text.length
      if (textChars > limits.batchTextBytesMax) throw tooMuchTogether()
    }
  }
  if (problems.length > 0) throw new SluiceError('events_refused', { errors: problems })
  return { events, refused }
}

/** Apart from what parses, so that the parsed events can go before the disk has answered: thousands of them in waiting cost more to collect than to make. */
async function keep({ events, refused }: Carried, call: Omit<CallContext, 'assignId'>, deps: AcceptDeps): Promise<void> {
  if (events.length > 0) await deps.queue.append({ sourceId: call.sourceId, kind: 'events', receivedAt: call.receivedAtMs, events })
  if (refused.size > 0) countRefused(refused, call.sourceId, deps)
}

export function carryEvent(item: Json, call: CallContext, eventBytesMax: number): EventCarrier | ErrorCode {
  const event = normalizeEvent(item, call)
  if (typeof event === 'string') return event
  const text = JSON.stringify(event)
  return isTooLarge(text, event, call.fillsIp ? eventBytesMax + ADDED_TO_CONTEXT_BYTES : eventBytesMax) ? 'event_too_large' : new EventCarrier(text, event.messageId, event.integrations, bundledOf(event))
}

/**
 * Whether the event is larger than one may be. What Sluice itself sets does not count, so that an event which a client
 * measured as just small enough is never refused; what a batch's own context adds does count.
 */
export function isTooLarge(text: string, event: Event, bytesMax: number = limits.eventBytesMax): boolean {
  // No UTF-16 unit takes more than three bytes, so nearly all events need not be measured.
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return false
  const counted = Object.entries(event).filter(([field, value]) => !SET_BY_SLUICE.has(field) && !isEmpty(value))
  return Buffer.byteLength(JSON.stringify(Object.fromEntries(counted))) > bytesMax
}

/** At most what `context.ip` and `context.bot` take. */
const ADDED_TO_CONTEXT_BYTES = 80

/** Each is short whoever set it: an id, a date, a number or one of seven words. */
const SET_BY_SLUICE: ReadonlySet<string> = new Set(['type', 'messageId', 'timestamp', 'originalTimestamp', 'sentAt', 'receivedAt', 'projectId', 'version'])

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** One draw of chance a request, counted on; a draw for each event would take longer than printing it. */
function idsOfOneRequest(): () => string {
  let first: string | undefined
  let count = 0
  return () => {
    first ??= newId('evt')
    return `${first}-${count++}`
  }
}

function countRefused(refused: ReadonlyMap<ErrorCode, number>, sourceId: string, deps: AcceptDeps): void {
  for (const [code, count] of refused) deps.refusals.add(sourceId, code, count)
  deps.log.debug('events refused', { sourceId, refused: Object.fromEntries(refused) })
}

function tooMuchTogether(): SluiceError {
  const message = `Exceed payload limit: with the batch's context and integrations copied into each, its events have more than ${limits.batchTextBytesMax} bytes; send smaller batches.`
  return new SluiceError('payload_too_large', { message })
}
