/**
 * Cuts the body of an `invoke` call into the JSON texts of its events without parsing them: they go into the isolate as they
 * came, and are parsed only there. Brackets and strings are followed, so that a text never ends in the middle of a value;
 * whether what stands between them is JSON, the isolate finds out (see `routes/invoke.ts`). Bytes rather than a string: reading
 * them takes half the time, 0.8 against 1.6 us for an event of 1.3 KB, where parsing takes 2.4 and making text again 0.9.
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
export function splitInvocation(bytes: Buffer): InvocationTexts {
  const found: { events?: string[], settings?: string } = {}
  let at = expect(bytes, skipSpace(bytes, 0), OPEN_OBJECT)
  at = skipSpace(bytes, at)
  while (bytes[at] !== CLOSE_OBJECT) {
    const nameEnd = endOfValue(bytes, at)
    const name = bytes[at] === QUOTE ? bytes.toString('utf8', at + 1, nameEnd - 1) : malformed(bytes)
    at = skipSpace(bytes, expect(bytes, skipSpace(bytes, nameEnd), COLON))
    if (name !== 'events' && name !== 'settings') refuse(bytes, name, 'is not a field here')
    const end = name === 'events' ? takeEvents(bytes, at, (found.events = [])) : endOfValue(bytes, at)
    if (name === 'settings') found.settings = bytes.toString('utf8', at, end)
    at = afterComma(bytes, end, CLOSE_OBJECT)
  }
  if (skipSpace(bytes, at + 1) < bytes.length) malformed(bytes)
  const { events = refuse(bytes, 'events', 'is required (array)'), settings } = found
  return { events, ...(settings !== undefined && { settings }) }
}

function takeEvents(bytes: Buffer, from: number, events: string[]): number {
  if (bytes[from] !== OPEN_ARRAY) refuse(bytes, 'events', 'must be an array of events')
  let at = skipSpace(bytes, from + 1)
  while (bytes[at] !== CLOSE_ARRAY) {
    const place = `events.${events.length}`
    if (events.length === limits.batchEventsMax) refuse(bytes, 'events', `must not have more than ${limits.batchEventsMax} elements`)
    const end = endOfValue(bytes, at, place)
    if (bytes[at] !== OPEN_OBJECT) refuse(bytes, place, 'must be an object')
    events.push(bytes.toString('utf8', at, end))
    at = afterComma(bytes, end, CLOSE_ARRAY)
  }
  return at + 1
}

/** The place behind the value that begins at `at`. */
function endOfValue(bytes: Buffer, at: number, place = ''): number {
  const first = bytes[at]
  if (first === QUOTE) return endOfString(bytes, at) + 1
  return first === OPEN_OBJECT || first === OPEN_ARRAY ? endOfNested(bytes, at, place) : endOfBare(bytes, at)
}

/** Of an object or array. `{` and `[` differ from each other in one bit, as do `}` and `]`; which closes which is the parser's business. */
function endOfNested(bytes: Buffer, at: number, place: string): number {
  const { length } = bytes
  let depth = 0
  for (let index = at; index < length; index++) {
    const code = bytes[index]!
    if (code === QUOTE) index = endOfString(bytes, index)
    else if (code >= OPEN_ARRAY) {
      const bracket = code | 0x20
      if (bracket === OPEN_OBJECT) {
        depth += 1
        if (depth > limits.jsonDepthMax) throw refused(place, `is nested deeper than ${limits.jsonDepthMax} levels`)
      } else if (bracket === CLOSE_OBJECT) {
        depth -= 1
        if (depth === 0) return index + 1
      }
    }
  }
  return malformed(bytes)
}

/** Of a number, true, false or null. */
function endOfBare(bytes: Buffer, at: number): number {
  let index = at
  for (; index < bytes.length; index++) {
    const code = bytes[index]!
    if (code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY || code <= 0x20) break
  }
  return index > at ? index : malformed(bytes)
}

/** `at` is the opening quote; the answer is the closing one. */
function endOfString(bytes: Buffer, at: number): number {
  const { length } = bytes
  for (let index = at + 1; index < length; index++) {
    const code = bytes[index]!
    if (code === QUOTE) return index
    if (code === BACKSLASH) index += 1
  }
  return malformed(bytes)
}

/** Past the comma to the next element, or at the closing bracket. */
function afterComma(bytes: Buffer, from: number, close: number): number {
  const at = skipSpace(bytes, from)
  if (bytes[at] === close) return at
  const next = skipSpace(bytes, expect(bytes, at, COMMA))
  return bytes[next] === close ? malformed(bytes) : next
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  for (; at < bytes.length; at++) {
    const code = bytes[at]
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break
  }
  return at
}

function expect(bytes: Buffer, at: number, code: number): number {
  return bytes[at] === code ? at + 1 : malformed(bytes)
}

/** Says what is wrong with a text that this file could not follow. */
function malformed(bytes: Buffer): never {
  const parsed = readJson(bytes.toString())
  throw new SluiceError('invalid_request', { message: `The body must be an object such as {"events": [...]}, not ${parsed === null ? 'null' : Array.isArray(parsed) ? 'an array' : `a ${typeof parsed}`}.`, field: 'body' })
}

/** That a text is not JSON at all comes before what it should say. */
function refuse(bytes: Buffer, field: string, problem: string): never {
  readJson(bytes.toString())
  throw refused(field, problem)
}

function refused(field: string, problem: string): SluiceError {
  return new SluiceError('invalid_request', { message: `${field}: ${problem}`, field })
}
