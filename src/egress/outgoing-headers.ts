/** Headers of a request as they go out: what belongs to the connection is ours, the rest is the caller's. */
import { CONNECTION_HEADERS } from '../model/http.ts'

/** By lower-case name: the name as written, and the value. */
export type OutgoingHeaders = Map<string, [name: string, value: string]>

/** Drops the connection's headers; of two spellings of one name the later wins. */
export function outgoingHeaders(given: Record<string, string>): OutgoingHeaders {
  const headers: OutgoingHeaders = new Map()
  for (const name of Object.keys(given)) {
    const key = name.toLowerCase()
    if (!CONNECTION_HEADERS.has(key)) headers.set(key, [name, given[name]!])
  }
  return headers
}

/** As the dispatcher wants them: name, value, name, value. */
export function flatHeaders(headers: OutgoingHeaders): string[] {
  const flat: string[] = []
  for (const [name, value] of headers.values()) flat.push(name, value)
  return flat
}

/** `user:password@` of a URL as Basic credentials, unless the caller brought an Authorization of its own. */
export function addUrlCredentials(headers: OutgoingHeaders, url: URL): void {
  if ((url.username === '' && url.password === '') || headers.has('authorization')) return
  const pair = `${decoded(url.username)}:${decoded(url.password)}`
  headers.set('authorization', ['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`])
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray % is a character of the password, not an encoding.
    return text
  }
}
