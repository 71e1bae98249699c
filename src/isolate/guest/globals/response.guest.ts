import { Body, contentOf, type BodyContent } from './body.guest.ts'
import { Headers, type HeadersInit } from './headers.guest.ts'
import { toJson } from '../primordials.guest.ts'

export interface ResponseInit {
  status?: number
  statusText?: string
  headers?: HeadersInit
  url?: string
  redirected?: boolean
}

export class Response extends Body {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  readonly url: string
  readonly redirected: boolean

  constructor(body?: unknown, init: ResponseInit = {}) {
    const given = contentOf(body)
    super(given.content, init.url ?? '')
    this.status = init.status ?? 200
    this.statusText = init.statusText ?? ''
    this.headers = new Headers(init.headers)
    if (given.type !== null && !this.headers.has('content-type')) this.headers.set('content-type', given.type)
    this.url = init.url ?? ''
    this.redirected = init.redirected ?? false
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  static json(value: unknown, init: ResponseInit = {}): Response {
    const headers = new Headers(init.headers)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return new Response(toJson(value), { ...init, headers })
  }

  clone(): Response {
    if (this.bodyUsed) throw new TypeError('cannot clone body after it is used')
    const content: BodyContent = Body.contentOf(this)
    return new Response(content, { status: this.status, statusText: this.statusText, headers: this.headers, url: this.url, redirected: this.redirected })
  }
}
