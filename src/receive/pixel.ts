/** Calls from where no script runs, such as mails: an image whose address carries the event. */
import type { Json, JsonObject } from '../model/event.ts'
import { decodeText, parseJsonObject } from './read-body.ts'

/** One transparent pixel. */
export const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/**
 * The event of a pixel's query: `data` is base64 of JSON (URL-safe and unpadded will do); without it the fields themselves, nested
 * ones by dotted names, such as `properties.subject=Hi`. Of a field that is given twice the last counts.
 * @throws SluiceError invalid_json, invalid_request when `data` is no JSON object
 */
export function eventOfQuery(query: Readonly<Record<string, string | string[] | undefined>>): JsonObject {
  const data = lastOf(query['data'])
  // A plus sign in a query stands for a space.
  if (data !== undefined) return parseJsonObject(decodeText(Buffer.from(data.replaceAll(' ', '+'), 'base64')))
  const event: JsonObject = {}
  for (const [name, value] of Object.entries(query)) {
    const text = lastOf(value)
    if (text !== undefined) put(event, name.split('.'), text)
  }
  return event
}

function lastOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.at(-1) : value
}

/** A field that is a text already cannot hold others; what would go into it is left out. So is what would reach a prototype. */
function put(event: JsonObject, path: string[], text: string): void {
  if (path.includes('__proto__')) return
  let at = event
  for (const name of path.slice(0, -1)) {
    const inner: Json = Object.hasOwn(at, name) ? at[name]! : (at[name] = {})
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return
    at = inner
  }
  at[path.at(-1)!] = text
}
