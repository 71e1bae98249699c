/** One tracking call, from the bytes of its body to durable events: decode, authenticate, then accept. */
import type { ErrorCode } from '../base/errors.ts'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Clock } from '../base/clock.ts'
import type { Json, JsonObject } from '../model/event.ts'
import { DEFAULT_INTAKE } from '../model/snapshot.ts'
import type { CurrentSnapshot, Intake } from '../model/snapshot.ts'
import { acceptEvents } from './accept.ts'
import type { AcceptDeps } from './accept.ts'
import { findSource } from './authenticate.ts'
import type { KeyPlaces } from './authenticate.ts'
import { tooLarge } from './collect-body.ts'
import { formatTime } from './event-time.ts'
import type { CallContext } from './normalize.ts'
import { decodeText, encodingOf, inflate, nameOf, parseJsonObject } from './read-body.ts'
import type { CallType } from './validate.ts'

export interface CallDeps extends AcceptDeps {
  snapshot: CurrentSnapshot
  clock: Clock
}

export interface Caller extends KeyPlaces {
  /** The caller's address; asked for only when an event wants it. */
  address: () => string
  userAgent?: string
  /** The path says that a server calls for somebody else: address and user agent are its own. */
  isServer?: boolean
}

export interface Call extends Caller {
  /** From the path. */
  type: CallType | 'batch'
  bytes: Buffer | undefined
  contentEncoding?: string
}

/**
 * Resolves when the call is to be answered 200. As at Segment that includes calls of which nothing is kept (unknown write key,
 * disabled source, empty or overlong batch); those are counted.
 * @throws SluiceError for a body that cannot be read, when the log cannot take the events, and for bad events of a strict source
 */
export async function receiveCall(call: Call, deps: CallDeps): Promise<void> {
  const receivedAtMs = deps.clock.now()
  const bytes = await plainBytes(call)
  call.body = parseJsonObject(decodeText(bytes))
  const items = call.type === 'batch' ? itemsOf(call.body) : [call.body]
  const taken = takeItems(items, { caller: call, receivedAtMs, type: call.type, bytes: bytes.length }, deps)
  // Whoever waits for the answer holds the call; the parsed events need not live that long.
  delete call.body
  return taken
}

export interface Taking {
  caller: Caller
  receivedAtMs: number
  type: CallType | 'batch'
  /** Of the whole body. */
  bytes: number
  /** Browsers and mail programs make such calls, whatever the kind of the source. */
  isClient?: true
}

/** As `receiveCall`, for events that are parsed already. */
export async function takeItems(items: Json[], { caller, receivedAtMs, type, bytes, isClient }: Taking, deps: CallDeps): Promise<void> {
  const source = findSource(deps.snapshot(), caller)
  const intake = (source.ok ? source.plan.intake : undefined) ?? DEFAULT_INTAKE
  if (type !== 'batch' && bytes > intake.eventBytesMax) throw tooLarge(intake.eventBytesMax)
  if (!source.ok) return refuseAll(source.code, source.sourceId, { events: items.length }, deps)
  const sourceId = source.plan.source.id
  if (items.length === 0) return refuseAll('empty_batch', sourceId, { events: 1, intake }, deps)
  if (items.length > limits.batchEventsMax) return refuseAll('batch_too_long', sourceId, { events: items.length, intake }, deps)
  const fillsIp = isClient === true || (intake.fillsIp && caller.isServer !== true)
  const call: Omit<CallContext, 'assignId'> = {
    sourceId, receivedAtMs, receivedAt: formatTime(receivedAtMs),
    address: caller.address, fillsIp, bots: intake.bots, userAgent: fillsIp ? caller.userAgent : undefined,
  }
  if (type !== 'batch') return acceptEvents(items, { ...call, type }, { ...deps, intake })
  const { context, integrations, sentAt } = caller.body ?? {}
  return acceptEvents(items, { ...call, context, integrations, sentAt }, { ...deps, intake })
}

/** @throws SluiceError invalid_json when there is none, and as `inflate` */
export async function plainBytes(call: Pick<Call, 'bytes' | 'contentEncoding'>): Promise<Buffer> {
  const { bytes } = call
  if (bytes === undefined || bytes.length === 0) throw new SluiceError('invalid_json', { message: 'The body is empty; send a JSON object.' })
  return encodingOf(bytes, call.contentEncoding) === 'plain' ? bytes : inflate(bytes, limits.inflatedBytesMax)
}

function itemsOf(body: JsonObject): Json[] {
  if (Array.isArray(body.batch)) return body.batch
  const found = body.batch === undefined ? 'missing' : nameOf(body.batch)
  throw new SluiceError('invalid_request', { message: `"batch" must be an array of events, but it is ${found}.`, field: 'batch' })
}

function refuseAll(code: ErrorCode, sourceId: string, { events, intake }: { events: number, intake?: Intake }, deps: CallDeps): void {
  if (intake?.strict) throw new SluiceError('events_refused', { errors: [{ code, message: new SluiceError(code).message }] })
  deps.refusals.add(sourceId, code, Math.max(1, events))
  deps.log.debug('call refused', { sourceId, code, events })
}
