/**
 * Cuts the body of an `invoke` call into the JSON texts of its events without parsing them: they go into the isolate as they
 * came, and are parsed only there. Brackets and strings are followed, so that a text never ends in the middle of a value;
 * whether what stands between them is JSON, the isolate finds out (see `routes/invoke.ts`).
 */
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { readJson } from './json-body.ts'

export interface InvocationTexts {
  events: string[]
  /** JSON text of the settings, when given. */
  settings?: string
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** @throws SluiceError invalid_json, invalid_request naming the field */
export function splitInvocation(text: string): InvocationTexts {
  const found: { events?: string[], settings?: string } = {}
  let at = expect(text, skipSpace(text, 0), OPEN_OBJECT)
  at = skipSpace(text, at)
  while (text.charCodeAt(at) !== CLOSE_OBJECT) {
    const nameEnd = endOfValue(text, at)
    const name = text.charCodeAt(at) === QUOTE ? text.slice(at + 1, nameEnd - 1) : malformed(text)
    at = skipSpace(text, expect(text, skipSpace(text, nameEnd), COLON))
    if (name !== 'events' && name !== 'settings') refuse(name, 'is not a field here')
    const end = name === 'events' ? takeEvents(text, at, (found.events = [])) : endOfValue(text, at)
    if (name === 'settings') found.settings = text.slice(at, end)
    at = afterComma(text, end, CLOSE_OBJECT)
  }
  if (skipSpace(text, at + 1) < text.length) malformed(text)
  const { events = refuse('events', 'is required (array)'), settings } = found
  return { events, ...(settings !== undefined && { settings }) }
}

function takeEvents(text: string, from: number, events: string[]): number {
  if (text.charCodeAt(from) !== OPEN_ARRAY) refuse('events', 'must be an array of events')
  let at = skipSpace(text, from + 1)
  while (text.charCodeAt(at) !== CLOSE_ARRAY) {
    const place = `events.${events.length}`
    if (events.length === limits.batchEventsMax) refuse('events', `must not have more than ${limits.batchEventsMax} elements`)
    const end = endOfValue(text, at, place)
    if (text.charCodeAt(at) !== OPEN_OBJECT) refuse(place, 'must be an object')
    events.push(text.slice(at, end))
    at = afterComma(text, end, CLOSE_ARRAY)
  }
  return at + 1
}

/** The place behind the value that begins at `at`. */
function endOfValue(text: string, at: number, place = ''): number {
  let depth = 0
  let index = at
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) {
      index = endOfString(text, index)
      if (depth === 0) return index + 1
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1
      if (depth > limits.jsonDepthMax) refuse(place, `is nested deeper than ${limits.jsonDepthMax} levels`)
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (depth === 0) break
      depth -= 1
      if (depth === 0) return index + 1
    } else if (depth === 0 && (code === COMMA || code <= 0x20)) break
  }
  return depth === 0 && index > at ? index : malformed(text)
}

/** `at` is the opening quote; the answer is the closing one. */
function endOfString(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) return index
    if (code === BACKSLASH) index += 1
  }
  return malformed(text)
}

/** Past the comma to the next element, or at the closing bracket. */
function afterComma(text: string, from: number, close: number): number {
  const at = skipSpace(text, from)
  if (text.charCodeAt(at) === close) return at
  const next = skipSpace(text, expect(text, at, COMMA))
  return text.charCodeAt(next) === close ? malformed(text) : next
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break
  }
  return at
}

function expect(text: string, at: number, code: number): number {
  return text.charCodeAt(at) === code ? at + 1 : malformed(text)
}

/** Says what is wrong with a text that this file could not follow. */
function malformed(text: string): never {
  const parsed = readJson(text)
  throw new SluiceError('invalid_request', { message: `The body must be an object such as {"events": [...]}, not ${parsed === null ? 'null' : Array.isArray(parsed) ? 'an array' : `a ${typeof parsed}`}.`, field: 'body' })
}

function refuse(field: string, problem: string): never {
  throw new SluiceError('invalid_request', { message: `${field}: ${problem}`, field })
}
