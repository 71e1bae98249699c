/** Headers of a request as they go out: what belongs to the connection is ours, the rest is the caller's. */

/**
 * Set by the connection itself. A caller's own value could smuggle a second request into the connection (lengths, transfer
 * codings), talk to another virtual host than the address check was about, or hang the exchange (expect, upgrade).
 */
const CONNECTION_HEADERS = new Set([
  'connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection',
  'te', 'trailer', 'transfer-encoding', 'upgrade',
])

/** Whether Sluice sets this header itself, so that a caller cannot. */
export function isConnectionHeader(name: string): boolean {
  return CONNECTION_HEADERS.has(name.toLowerCase())
}

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
