import { Body, contentOf } from './body.guest.ts'
import { Headers, type HeadersInit } from './headers.guest.ts'
import { normalAddress } from './url.guest.ts'
import { testPattern, toText, upperCase } from '../primordials.guest.ts'

export interface RequestInit {
  method?: string
  headers?: HeadersInit
  body?: unknown
  redirect?: 'follow' | 'manual' | 'error'
  /** node-fetch 2: redirects to follow. */
  follow?: number
  /** node-fetch 2: milliseconds for the whole exchange, 0 for the runtime's own limit. */
  timeout?: number
  /** node-fetch 2: bytes of the response's body at most, 0 for the runtime's own limit. */
  size?: number
  signal?: Signal | null
}

/** As much of an AbortSignal as a request needs. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
}

const HTTP = /^https?:/
const STANDARD_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']

export class Request extends Body {
  readonly method: string
  readonly headers: Headers
  readonly url: string
  readonly redirect: 'follow' | 'manual' | 'error'
  readonly follow: number
  readonly timeout: number
  readonly size: number
  readonly signal: Signal | null

  constructor(input: unknown, init: RequestInit = {}) {
    const base = input instanceof Request ? input : undefined
    const url = base === undefined ? absoluteUrl(input) : base.url
    const method = methodOf(init.method ?? base?.method ?? 'GET')
    const given = init.body === undefined && base !== undefined ? { content: Body.contentOf(base), type: null } : contentOf(init.body)
    if (given.content !== null && (method === 'GET' || method === 'HEAD')) throw new TypeError('Request with GET/HEAD method cannot have body')
    super(given.content, url)
    this.method = method
    this.url = url
    this.headers = new Headers(init.headers ?? base?.headers)
    if (given.type !== null && !this.headers.has('content-type')) this.headers.set('content-type', given.type)
    this.redirect = init.redirect ?? base?.redirect ?? 'follow'
    this.follow = init.follow ?? base?.follow ?? 20
    this.timeout = init.timeout ?? base?.timeout ?? 0
    this.size = init.size ?? base?.size ?? 0
    this.signal = init.signal ?? base?.signal ?? null
  }

  clone(): Request {
    return new Request(this)
  }
}

/** node-fetch upper-cases the methods that HTTP knows, and Segment's examples write them in lower case. */
function methodOf(given: unknown): string {
  const method = toText(given)
  const upper = upperCase(method)
  return STANDARD_METHODS.includes(upper) ? upper : method
}

function absoluteUrl(input: unknown): string {
  const text = typeof input === 'object' && input !== null && 'href' in input ? toText(input.href) : toText(input)
  let url: string
  try {
    url = normalAddress(text)
  } catch {
    throw new TypeError('Only absolute URLs are supported')
  }
  if (!testPattern(HTTP, url)) throw new TypeError('Only HTTP(S) protocols are supported')
  return url
}
