/** The `request` that `onRequest` gets: exact text, parsed body, case-insensitive headers, a URL object. */
import { Headers } from './headers.guest.ts'
import { address } from './url.guest.ts'
import { parseJson, toText, testPattern } from '../primordials.guest.ts'

const FORM = /^application\/x-www-form-urlencoded\b/i

export interface ServerRequest {
  text(): string
  json(): unknown
  headers: Headers
  url: URL
}

/** `payload` is made by the router: {body, headers, url}. `json` and `text` are synchronous, and awaiting them works too. */
export function requestOf(payload: unknown): ServerRequest {
  const { body, headers, url } = payload as { body: string, headers: Record<string, string>, url: string }
  const names = new Headers(headers)
  let parsed: { value: unknown } | undefined
  let parsedUrl: URL | undefined
  return {
    text: () => body,
    json: () => (parsed ??= { value: testPattern(FORM, names.get('content-type') ?? '') ? formFields(body) : parseJson(body) }).value,
    headers: names,
    get url() {
      return (parsedUrl ??= new (address().URL)(url))
    },
  }
}

function formFields(body: string): Record<string, string> {
  const fields: Record<string, string> = {}
  const params = new (address().URLSearchParams)(body) as unknown as { forEach(visit: (value: string, name: string) => void): void }
  params.forEach((value, name) => {
    fields[toText(name)] = value
  })
  return fields
}
