/**
 * Puts the results of one frame into one string: a JSON array with an entry per event, a line feed, and the texts that the entries
 * measure, one after the other. Texts are passed on as they are, so that nobody outside parses or escapes them again.
 *
 * An entry is
 * - [chars] or [chars, chars of messageId, chars of integrations]: it went well, and these are its texts;
 * - 0: it was reported already;
 * - {o: outcome, c: code, e: error, l: logs, x: logs cut, t: lengths of texts}: everything else, and everything when traced.
 */
import { describeThrown, endingOf, thrownJson, type Ending, type ThrownText } from './errors.guest.ts'
import { charCodeAt, isArray, quote, toJson } from './primordials.guest.ts'
import { invocation } from './invocation.guest.ts'

export interface Entry {
  head: string
  texts: string
}

export const REPORTED: Entry = { head: '0', texts: '' }

/** What an insert function returned for one event. */
export function insertResult(result: unknown, trace: boolean): Entry {
  if (result === undefined || result === null) return dropped(trace)
  if (typeof result !== 'object' || isArray(result)) {
    return invalid(`An insert function returns the event or nothing; this one returned ${isArray(result) ? 'an array' : `a ${typeof result}`}.`, trace)
  }
  return passedOn(result, trace)
}

/** A returned event that goes on, with the two facets that the router needs so that it need not parse the text. */
function passedOn(result: object, trace: boolean): Entry {
  let text: string | undefined
  let messageId: unknown
  let integrations: string | undefined
  try {
    text = toJson(result)
    messageId = (result as { messageId?: unknown }).messageId
    const chosen = (result as { integrations?: unknown }).integrations
    integrations = chosen === undefined ? '' : toJson(chosen)
  } catch (thrown) {
    return invalid(`The result cannot be written as JSON: ${describeThrown(thrown).message}`, trace)
  }
  if (text === undefined || text[0] !== '{') return invalid('The result is not an object when written as JSON.', trace)
  const { outputBytesMax } = invocation.config
  if (longerThan(text, outputBytesMax)) return tooLarge(outputBytesMax, trace)
  const id = typeof messageId === 'string' && messageId.length <= text.length ? messageId : ''
  return ended(`[${text.length},${id.length},${(integrations ??= '').length}]`, text + id + integrations, trace)
}

/** What anything else returned, for people to look at: a value that is not JSON does not undo what the function did. */
export function shown(result: unknown, trace: boolean): Entry {
  if (result === undefined) return ended('[0]', '', trace)
  let text: string | undefined
  try {
    text = toJson(result)
  } catch {
    text = ''
  }
  if (text === undefined || longerThan(text, invocation.config.outputBytesMax)) text = ''
  return ended(`[${text.length}]`, text, trace)
}

export function emitted(json: string, trace: boolean): Entry {
  const { sourceOutputBytesMax } = invocation.config
  return longerThan(json, sourceOutputBytesMax) ? tooLarge(sourceOutputBytesMax, trace) : ended(`[${json.length}]`, json, trace)
}

function ended(lengths: string, texts: string, trace: boolean): Entry {
  return { head: trace ? `{"o":"ok","t":${lengths}${logs()}}` : lengths, texts }
}

export function threw(thrown: unknown, trace: boolean): Entry {
  const error = describeThrown(thrown)
  return failed(endingOf(error.name), error, trace)
}

export function failed(ending: Ending, error: ThrownText | undefined, trace: boolean): Entry {
  const withLogs = trace || ending.outcome !== 'dropped'
  const told = error === undefined ? '' : `,"e":${thrownJson(error)}`
  return { head: `{"o":${quote(ending.outcome)},"c":${quote(ending.code)}${told}${withLogs ? logs() : ''}}`, texts: '' }
}

/** An insert function that returns nothing. */
export function dropped(trace: boolean): Entry {
  return failed({ outcome: 'dropped', code: 'dropped_by_function' }, undefined, trace)
}

export function invalid(message: string, trace: boolean): Entry {
  return failed({ outcome: 'discarded', code: 'function_output_invalid' }, { name: 'TypeError', message, stack: '' }, trace)
}

function tooLarge(bytesMax: number, trace: boolean): Entry {
  const message = `The result is larger than ${bytesMax} bytes of JSON.`
  return failed({ outcome: 'discarded', code: 'function_output_too_large' }, { name: 'RangeError', message, stack: '' }, trace)
}

function logs(): string {
  if (invocation.logs === '') return ''
  return `,"l":[${invocation.logs}]${invocation.logsTruncated ? ',"x":1' : ''}`
}

/** In bytes of UTF-8, counted only when the count of characters leaves it open. */
function longerThan(text: string, bytesMax: number): boolean {
  if (text.length > bytesMax) return true
  if (text.length * 3 <= bytesMax) return false
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i)
    // Half of a surrogate pair is two of its four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3
  }
  return bytes > bytesMax
}
