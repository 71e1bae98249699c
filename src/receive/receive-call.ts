/** One tracking call, from the bytes of its body to durable events: decode, authenticate, then accept. */
import type { ErrorCode } from '../base/errors.ts'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Clock } from '../base/clock.ts'
import type { Json, JsonObject } from '../model/event.ts'
import type { CurrentSnapshot } from '../model/snapshot.ts'
import { acceptEvents } from './accept.ts'
import type { AcceptDeps } from './accept.ts'
import { findSource, writeKeyOfHeader } from './authenticate.ts'
import { formatTime } from './event-time.ts'
import { decodeText, encodingOf, inflate, nameOf, parseJsonObject } from './read-body.ts'
import type { CallType } from './validate.ts'

export interface CallDeps extends AcceptDeps {
  snapshot: CurrentSnapshot
  clock: Clock
}

export interface Call {
  /** From the path. */
  type: CallType | 'batch'
  body: Buffer | undefined
  authorization?: string
  contentEncoding?: string
}

/**
 * Resolves when the call is to be answered 200. As at Segment that includes calls of which nothing is kept (unknown write key,
 * disabled source, empty or overlong batch); those are counted.
 * @throws SluiceError for a body that cannot be read, and when the log cannot take the events
 */
export async function receiveCall(call: Call, deps: CallDeps): Promise<void> {
  const receivedAtMs = deps.clock.now()
  const body = await readBody(call)
  const items = call.type === 'batch' ? itemsOf(body) : [body]
  const source = findSource(deps.snapshot(), writeKeyOfHeader(call.authorization), body.writeKey)
  if (!source.ok) return refuseAll(source.code, source.sourceId, items.length, deps)
  const sourceId = source.plan.source.id
  if (items.length === 0) return refuseAll('empty_batch', sourceId, 1, deps)
  if (items.length > limits.batchEventsMax) return refuseAll('batch_too_long', sourceId, items.length, deps)
  const moment = { sourceId, receivedAtMs, receivedAt: formatTime(receivedAtMs) }
  if (call.type !== 'batch') return acceptEvents(items, { ...moment, type: call.type }, deps)
  return acceptEvents(items, { ...moment, context: body.context, integrations: body.integrations, sentAt: body.sentAt }, deps)
}

async function readBody(call: Call): Promise<JsonObject> {
  const { body } = call
  if (body === undefined || body.length === 0) throw new SluiceError('invalid_json', { message: 'The body is empty; send a JSON object.' })
  if (encodingOf(body, call.contentEncoding) === 'plain') return parseJsonObject(decodeText(body))
  const bytesMax = call.type === 'batch' ? limits.inflatedBytesMax : limits.eventBytesMax
  return parseJsonObject(decodeText(await inflate(body, bytesMax)))
}

function itemsOf(body: JsonObject): Json[] {
  if (Array.isArray(body.batch)) return body.batch
  const found = body.batch === undefined ? 'missing' : nameOf(body.batch)
  throw new SluiceError('invalid_request', { message: `"batch" must be an array of events, but it is ${found}.`, field: 'batch' })
}

function refuseAll(code: ErrorCode, sourceId: string, events: number, deps: CallDeps): void {
  deps.refusals.add(sourceId, code, Math.max(1, events))
  deps.log.debug('call refused', { sourceId, code, events })
}
