/** What is wrong with an event, said so that its sender can mend it: for `/v1/validate` and for strict sources. */
import { ERRORS } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { nearestName } from '../base/nearest-name.ts'
import type { Json, JsonObject } from '../model/event.ts'
import { parseTime } from './event-time.ts'
import { nameOf } from './read-body.ts'
import { CALL_TYPES, findFaults, isObject } from './validate.ts'
import type { CallType } from './validate.ts'

export interface Problem {
  /** Which event of the batch, counted from 0; absent when it is about the request. */
  index?: number
  code: ErrorCode
  /** The field of the event that is wrong. */
  field?: string
  /** For people. */
  message: string
}

/** Something that does not stop the event, but that its sender may not have meant. */
export type Advice = Omit<Problem, 'code'>

/** Where the place that a code is about depends on the event, the first of these that does not fit. */
const FIELDS: Partial<Record<ErrorCode, readonly string[]>> = {
  no_user_anon_id: ['userId'],
  id_not_string: ['userId', 'anonymousId', 'groupId', 'previousId'],
  event_not_defined: ['event'],
  event_not_string: ['event'],
  properties_not_object: ['properties'],
  traits_not_object: ['traits'],
  name_not_string: ['name'],
  category_not_string: ['category'],
}

export function problemOf(item: Json | undefined, code: ErrorCode, { index, type }: { index: number, type?: CallType }): Problem {
  if (!isObject(item)) return { index, code, message: `The event must be an object, but it is ${nameOf(item)}.` }
  const field = fieldOf(item, code, type)
  const value = field === undefined ? undefined : item[field]
  const found = value === undefined || value === null || value === '' ? '' : ` It is ${nameOf(value)} here.`
  if (code === 'bad_event') return badEvent(item, { index, type })
  return { index, code, ...(field !== undefined && { field }), message: `${ERRORS[code].message}${found}` }
}

function fieldOf(item: JsonObject, code: ErrorCode, type: CallType | undefined): string | undefined {
  if (code === 'id_required') return (type ?? item.type) === 'group' ? 'groupId' : 'previousId'
  const fields = FIELDS[code] ?? []
  return code === 'id_not_string' ? fields.find((field) => item[field] !== undefined && item[field] !== null && typeof item[field] !== 'string') : fields[0]
}

function badEvent(item: JsonObject, { index, type }: { index: number, type?: CallType }): Problem {
  const known = CALL_TYPES as readonly unknown[]
  if (type !== undefined || known.includes(item.type)) {
    return { index, code: 'bad_event', message: `The event is nested deeper than ${limits.jsonDepthMax} levels.` }
  }
  const said = typeof item.type === 'string' ? `; "${item.type.slice(0, 40)}" is none` : ''
  return { index, code: 'bad_event', field: 'type', message: `"type" must be one of ${CALL_TYPES.join(', ')}${said}.` }
}

/** Everything that `normalizeEvent` would refuse the event for, size and depth apart. */
export function problemsOf(item: Json, { index, type }: { index: number, type?: CallType }): Problem[] {
  const own = isObject(item) ? item.type : undefined
  const known = type ?? CALL_TYPES.find((each) => each === own)
  if (!isObject(item) || known === undefined) return [problemOf(item, 'bad_event', { index, type })]
  return findFaults(item, known).map((code) => problemOf(item, code, { index, type: known }))
}

const KNOWN_FIELDS = [
  'type', 'userId', 'anonymousId', 'groupId', 'previousId', 'event', 'name', 'category', 'properties', 'traits', 'context', 'integrations',
  'messageId', 'timestamp', 'originalTimestamp', 'sentAt', 'receivedAt', 'version', 'channel', 'writeKey', '_metadata', 'options', 'projectId',
]

/** What is accepted and yet changed, left out, or likely misspelt. */
export function adviceOn(item: Json, index: number): Advice[] {
  if (!isObject(item)) return []
  const advice: Advice[] = []
  const add = (field: string, message: string): number => advice.push({ index, field, message })
  for (const field of ['timestamp', 'sentAt']) {
    if (item[field] !== undefined && item[field] !== null && Number.isNaN(parseTime(item[field]))) add(field, `"${field}" is not an ISO 8601 date, so it is left out.`)
  }
  const { messageId } = item
  if (messageId !== undefined && (typeof messageId !== 'string' || messageId === '' || messageId.length > limits.messageIdCharsMax)) {
    add('messageId', `"messageId" must be a string of 1 to ${limits.messageIdCharsMax} characters, so another is given.`)
  }
  for (const field of ['context', 'integrations']) {
    if (item[field] !== undefined && item[field] !== null && !isObject(item[field])) add(field, `"${field}" must be an object, so it is left out.`)
  }
  if (isObject(item.properties) && Object.keys(item.properties).length > limits.propertiesPerEventMax) {
    add('properties', `Only the first ${limits.propertiesPerEventMax} properties are kept.`)
  }
  for (const field of Object.keys(item).filter((name) => !KNOWN_FIELDS.includes(name))) {
    const meant = field.length > 40 ? undefined : nearestName(field.replaceAll('_', ''), KNOWN_FIELDS)
    if (meant !== undefined && item[meant] === undefined) add(field, `"${field}" is no field of the spec; did you mean "${meant}"?`)
  }
  return advice
}
