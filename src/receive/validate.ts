/** What makes one event unusable, by the names of Segment's delivery overview (contract 3.6, "Failed on ingest"). */
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { EVENT_TYPES } from '../model/event.ts'
import type { EventType, JsonObject } from '../model/event.ts'

/** What clients may send; `delete` is made only inside. */
export type CallType = Exclude<EventType, 'delete'>
export const CALL_TYPES: readonly CallType[] = EVENT_TYPES.filter((type) => type !== 'delete')
const KNOWN_TYPES: ReadonlySet<unknown> = new Set(CALL_TYPES)

export function isCallType(type: unknown): type is CallType {
  return KNOWN_TYPES.has(type)
}

/**
 * The first rule that the event breaks. Null counts as absent everywhere, since SDKs send `userId: null` before they know a user;
 * and so does an empty id, which RudderStack's browser SDK sends.
 */
export function findFault(event: JsonObject, type: CallType): ErrorCode | undefined {
  return faultOfIds(event, type) ?? faultOfNames(event, type) ?? faultOfObjects(event)
}

/** One of each kind of rule; the first is `findFault`'s. */
export function findFaults(event: JsonObject, type: CallType): ErrorCode[] {
  return [faultOfIds(event, type), faultOfNames(event, type), faultOfObjects(event)].filter((code) => code !== undefined)
}

function faultOfIds(event: JsonObject, type: CallType): ErrorCode | undefined {
  const { userId, anonymousId } = event
  if (isPresent(userId) && typeof userId !== 'string') return 'id_not_string'
  if (isPresent(anonymousId) && typeof anonymousId !== 'string') return 'id_not_string'
  if (!userId && !anonymousId) return 'no_user_anon_id'
  if (type !== 'group' && type !== 'alias') return undefined
  const other = type === 'group' ? event.groupId : event.previousId
  if (!isPresent(other) || other === '') return 'id_required'
  return typeof other === 'string' ? undefined : 'id_not_string'
}

function faultOfNames(event: JsonObject, type: CallType): ErrorCode | undefined {
  if (type === 'track') {
    if (typeof event.event === 'string') return event.event === '' ? 'event_not_defined' : undefined
    return isPresent(event.event) ? 'event_not_string' : 'event_not_defined'
  }
  if (type !== 'page' && type !== 'screen') return undefined
  if (isPresent(event.name) && !isFilled(event.name)) return 'name_not_string'
  if (isPresent(event.category) && !isFilled(event.category)) return 'category_not_string'
  return undefined
}

function faultOfObjects(event: JsonObject): ErrorCode | undefined {
  if (isPresent(event.properties) && !isObject(event.properties)) return 'properties_not_object'
  if (isPresent(event.traits) && !isObject(event.traits)) return 'traits_not_object'
  return undefined
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether objects and arrays are nested deeper than `depthMax`; looks no deeper than that. Everything later may then recurse safely. */
export function isTooDeep(value: object, depthMax: number = limits.jsonDepthMax): boolean {
  if (depthMax === 0) return true
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item === 'object' && item !== null && isTooDeep(item, depthMax - 1)) return true
    }
    return false
  }
  for (const name in value) {
    const item = (value as Record<string, unknown>)[name]
    if (typeof item === 'object' && item !== null && isTooDeep(item, depthMax - 1)) return true
  }
  return false
}
