/**
 * Anything that clients send to one Event, or the code of what is wrong with it.
 * The parsed object is changed in place and never copied: this runs for every event. Keys are set, rarely deleted, since
 * deleting makes an object slow to print. Fields that the client sent stay in its order, ours come after.
 */
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Event, Json, JsonObject } from '../model/event.ts'
import type { Intake } from '../model/snapshot.ts'
import { isBot } from './bots.ts'
import { correctTime, formatTime, parseTime } from './event-time.ts'
import { findFault, isCallType, isObject, isTooDeep } from './validate.ts'
import type { CallType } from './validate.ts'

/** What the events of one request share. */
export interface CallContext {
  /** From the path; undefined in a batch, whose items name their own. */
  type?: CallType
  sourceId: string
  receivedAtMs: number
  /** `receivedAtMs` as text. */
  receivedAt: string
  /** Of the batch itself; merged into each item, where the item's own keys win. */
  context?: Json
  integrations?: Json
  /** For items without one. */
  sentAt?: Json
  /** The caller's address. Absent when no caller sent the events. */
  address?: () => string
  /** Put it into the context of every event without one; otherwise only where the event asks for it by `context.direct: true`. */
  fillsIp?: boolean
  /** Default: ignore. */
  bots?: Intake['bots']
  /** Of the call itself, for events that name none. */
  userAgent?: string
  /** A new messageId, for events that come without a usable one. */
  assignId: () => string
}

/** A usable Event (the same object as `item`), or why there is none. */
export function normalizeEvent(item: Json | undefined, call: CallContext): Event | ErrorCode {
  if (!isObject(item)) return 'bad_event'
  const type = call.type ?? item.type
  if (!isCallType(type)) return 'bad_event'
  const fault = findFault(item, type)
  if (fault) return fault

  item.type = type
  settleIds(item, call)
  const context = mergeObjects(call.context, item.context)
  item.context = context
  if (call.fillsIp || context.direct === true) fillIp(context, call)
  if (call.bots !== undefined && call.bots !== 'ignore' && isBot(context.userAgent ?? call.userAgent)) {
    if (call.bots === 'drop') return 'bot_dropped'
    context.bot = true
  }
  item.integrations = mergeObjects(call.integrations, item.integrations)
  // RudderStack's browser SDK names what is known of a user there alone.
  if (type === 'identify' && item.traits === undefined && isObject(context.traits)) item.traits = context.traits
  if (isTooDeep(item)) return 'bad_event'
  settleObjects(item)
  settleTimes(item, call)
  item.receivedAt = call.receivedAt
  item.projectId = call.sourceId
  item.version = 2
  if (item.writeKey !== undefined) delete item.writeKey
  return item as unknown as Event
}

/** A caller keeps its address to itself by sending another, such as 0.0.0.0. */
function fillIp(context: JsonObject, { address }: CallContext): void {
  if (address !== undefined && (context.ip === undefined || context.ip === null)) context.ip = address()
}

/** An empty id is no id. A messageId that cannot serve as a key (wrong type, empty, too long, half a surrogate pair) is replaced. */
function settleIds(event: JsonObject, call: CallContext): void {
  if (event.userId === '') event.userId = null
  if (event.anonymousId === '') event.anonymousId = null
  const id = event.messageId
  const usable = typeof id === 'string' && id !== '' && id.length <= limits.messageIdCharsMax && id.isWellFormed()
  if (!usable) event.messageId = call.assignId()
}

/**
 * The keys of both, where the inner ones win; what is not an object counts as empty. A key named `__proto__` stays plain data:
 * spreading defines keys, where assigning would set the prototype.
 */
export function mergeObjects(outer: Json | undefined, inner: Json | undefined): JsonObject {
  if (!isObject(outer)) return isObject(inner) ? inner : {}
  return isObject(inner) ? { ...outer, ...inner } : outer
}

/** Null becomes an empty object, and properties past the limit are dropped from the end. */
function settleObjects(event: JsonObject): void {
  if (event.properties === null) event.properties = {}
  if (event.traits === null) event.traits = {}
  if (event.properties !== undefined) event.properties = capProperties(event.properties as JsonObject)
}

/** The first `countMax` properties; the same object when there are no more. */
export function capProperties(properties: JsonObject, countMax: number = limits.propertiesPerEventMax): JsonObject {
  let count = 0
  for (const _ in properties) count++
  return count <= countMax ? properties : Object.fromEntries(Object.entries(properties).slice(0, countMax))
}

/**
 * Sets `timestamp`, and `originalTimestamp` to what the client called `timestamp` (RudderStack's clients call it
 * `originalTimestamp` themselves). What is no date is left out, so that whoever reads these fields may rely on them.
 */
function settleTimes(event: JsonObject, call: CallContext): void {
  const sentAtMs = settleDate(event, 'sentAt', event.sentAt ?? call.sentAt)
  const originalMs = settleDate(event, 'originalTimestamp', event.timestamp ?? event.originalTimestamp)
  const correctedMs = correctTime(originalMs, sentAtMs, call.receivedAtMs)
  event.timestamp = correctedMs === call.receivedAtMs ? call.receivedAt : formatTime(correctedMs)
}

/** Sets the field to the date that `value` is, or takes it away; the answer is its time, NaN for none. */
function settleDate(event: JsonObject, field: 'sentAt' | 'originalTimestamp', value: Json | undefined): number {
  const ms = parseTime(value)
  if (value !== undefined && !Number.isNaN(ms)) event[field] = value
  else if (event[field] !== undefined) delete event[field]
  return ms
}
