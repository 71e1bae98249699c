/** `Segment.track()` and its kin, with which a source function puts out events and objects (contract 2.2). */
import { ValidationError } from '../errors.guest.ts'
import { createObject, keysOf, parseJson, toJson } from '../primordials.guest.ts'

type Fields = Record<string, unknown>

/** JSON text, joined by commas: copied at the call, so that later changes to the same object alter nothing. */
let events = ''
let objects = ''

/** Output is all or none: what a throwing call had put out before is gone. */
export function beginOutput(): void {
  events = ''
  objects = ''
}

/** `response`: what the caller is to be answered, as JSON text; "" for nothing. */
export function takeOutput(response: string): string {
  const json = `{"events":[${events}],"objects":[${objects}]${response === '' ? '' : `,"response":${response}`}}`
  beginOutput()
  return json
}

const COMMON = ['userId', 'anonymousId', 'context', 'integrations', 'messageId', 'sentAt', 'timestamp']

interface Call {
  type: string
  fields: string[]
  required: string[]
  needsId: boolean
}

function eventCall(call: Call): (given: unknown) => Fields {
  return (given) => {
    const fields = asFields(given, call.type)
    for (const name of call.required) requireField(fields, name)
    if (call.needsId && !fields.userId && !fields.anonymousId) throw new ValidationError('One of userId,anonymousId is required but not defined')
    const json = toJson(picked(fields, [...COMMON, ...call.fields], { type: call.type }))
    events = events === '' ? json : `${events},${json}`
    return parseJson(json) as Fields
  }
}

function set(given: unknown): Fields {
  const fields = asFields(given, 'set')
  requireField(fields, 'collection')
  requireField(fields, 'id')
  const json = toJson(picked(fields, ['collection', 'id', 'properties'], {}))
  objects = objects === '' ? json : `${objects},${json}`
  return parseJson(json) as Fields
}

function asFields(given: unknown, call: string): Fields {
  if (typeof given !== 'object' || given === null) throw new ValidationError(`Segment.${call} takes an object`)
  return given as Fields
}

function requireField(fields: Fields, name: string): void {
  if (fields[name] === undefined || fields[name] === '') throw new ValidationError(`${name} is required but not defined`)
}

/** Falsy values are left out, but for those that a required field may have. */
function picked(fields: Fields, names: string[], start: Fields): Fields {
  const chosen = createObject(null) as Fields
  for (const name of keysOf(start)) chosen[name] = start[name]
  for (const name of names) {
    const value = fields[name]
    if (value || (value === 0 && name === 'id')) chosen[name] = value
  }
  return chosen
}

// Segment's own samples call group and page without a user; ingest decides about those (contract 2.2).
export const Segment = {
  identify: eventCall({ type: 'identify', fields: ['traits'], required: [], needsId: true }),
  track: eventCall({ type: 'track', fields: ['event', 'properties'], required: ['event'], needsId: true }),
  page: eventCall({ type: 'page', fields: ['name', 'category', 'properties'], required: [], needsId: false }),
  screen: eventCall({ type: 'screen', fields: ['name', 'category', 'properties'], required: [], needsId: false }),
  group: eventCall({ type: 'group', fields: ['groupId', 'traits'], required: ['groupId'], needsId: false }),
  alias: eventCall({ type: 'alias', fields: ['previousId'], required: ['previousId'], needsId: true }),
  set,
}
