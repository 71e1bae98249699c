/** What the next request of a redirect chain looks like, by the rules of the Fetch standard. */
import type { OutgoingHeaders } from './outgoing-headers.ts'

export const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308]

export interface Hop {
  url: URL
  method: string
  headers: OutgoingHeaders
  body?: string | Uint8Array
}

/** @returns undefined when `location` is no URL */
export function nextHop(hop: Hop, status: number, location: string): Hop | undefined {
  const url = URL.parse(location, hop.url.href)
  if (url === null) return undefined
  const headers = new Map(hop.headers)
  if (url.origin !== hop.url.origin) {
    // Given to one origin, so not to be told to another.
    for (const name of ['authorization', 'cookie', 'cookie2']) headers.delete(name)
  }
  const becomesGet = status === 303 ? hop.method !== 'GET' && hop.method !== 'HEAD' : (status === 301 || status === 302) && hop.method === 'POST'
  if (!becomesGet) return { ...hop, url, headers }
  for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type']) headers.delete(name)
  return { url, method: 'GET', headers }
}
