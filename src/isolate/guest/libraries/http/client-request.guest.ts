/**
 * One request in Node's style. The body is gathered and sent when `end` is called; the answer comes whole and is then read as a stream.
 * Redirects are handed to the caller, as Node does.
 */
import { Buffer } from 'buffer'
import { Readable, Writable } from 'stream'
import { fetch } from '../../globals/fetch.guest.ts'
import { AbortController } from '../web/abort.guest.ts'
import { queueMicrotask } from '../../globals/microtasks.guest.ts'
import { clearTimeout, setTimeout } from '../../globals/timers.guest.ts'
import { address } from '../../globals/url.guest.ts'

type Protocol = 'https:' | 'http:'
type Headers = Record<string, string | string[]>

export interface RequestOptions {
  protocol?: string
  host?: string
  hostname?: string
  port?: number | string
  path?: string
  method?: string
  headers?: Record<string, unknown>
  auth?: string
  timeout?: number
  signal?: { aborted: boolean, addEventListener(type: 'abort', listener: () => void): void }
}

type Listener = (response: IncomingMessage) => void

export class IncomingMessage extends Readable {
  readonly statusCode: number
  readonly statusMessage: string
  readonly headers: Headers
  readonly rawHeaders: string[]
  readonly httpVersion = '1.1'
  readonly url: string
  complete = true
  /** Packages ask it whether it is still there. */
  readonly socket = { remoteAddress: undefined, encrypted: true, on: () => undefined, once: () => undefined, removeListener: () => undefined }

  constructor(given: { status: number, statusText: string, headers: Headers, url: string, body: Uint8Array }) {
    super()
    this.statusCode = given.status
    this.statusMessage = given.statusText
    this.headers = given.headers
    this.rawHeaders = Object.entries(given.headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]))
    this.url = given.url
    if (given.body.length > 0) this.push(Buffer.from(given.body))
    this.push(null)
  }

  override _read(): void {
    // All of it was pushed at once.
  }

  setTimeout(): this {
    return this
  }
}

export class ClientRequest extends Writable {
  readonly method: string
  readonly protocol: string
  readonly host: string
  readonly path: string
  readonly #url: string
  readonly #headers = new Map<string, { name: string, value: string | string[] }>()
  readonly #parts: Uint8Array[] = []
  readonly #controller = new AbortController()
  #timer: number | undefined
  aborted = false
  finished = false
  readonly socket = { connecting: false, on: () => undefined, once: () => undefined, removeListener: () => undefined, setKeepAlive: () => undefined, setNoDelay: () => undefined }

  constructor(options: RequestOptions, listener?: Listener) {
    // It has ended when the answer is there, not when the last byte was written.
    super({ autoDestroy: false })
    this.protocol = options.protocol ?? 'https:'
    this.host = options.hostname ?? options.host?.replace(/:\d+$/, '') ?? 'localhost'
    const port = options.port ?? /:(\d+)$/.exec(options.hostname === undefined ? options.host ?? '' : '')?.[1]
    this.path = options.path ?? '/'
    this.method = (options.method ?? 'GET').toUpperCase()
    this.#url = new (address().URL)(`${this.protocol}//${this.host.includes(':') && !this.host.startsWith('[') ? `[${this.host}]` : this.host}${port ? `:${port}` : ''}${this.path}`).href
    for (const [name, value] of Object.entries(options.headers ?? {})) if (value !== undefined) this.setHeader(name, value)
    if (options.auth && !this.getHeader('authorization')) this.setHeader('authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`)
    if (options.timeout) this.setTimeout(options.timeout)
    options.signal?.addEventListener('abort', () => this.destroy())
    if (listener) this.once('response', listener)
    this.on('finish', () => void this.#send())
    queueMicrotask(() => this.emit('socket', this.socket))
  }

  setHeader(name: string, value: unknown): this {
    this.#headers.set(name.toLowerCase(), { name, value: Array.isArray(value) ? value.map(String) : String(value) })
    return this
  }

  getHeader(name: string): string | string[] | undefined {
    return this.#headers.get(name.toLowerCase())?.value
  }

  getHeaders(): Headers {
    return Object.fromEntries([...this.#headers].map(([name, { value }]) => [name, value]))
  }

  getHeaderNames(): string[] {
    return [...this.#headers.keys()]
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase())
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase())
  }

  setTimeout(ms: number, listener?: () => void): this {
    if (listener) this.once('timeout', listener)
    clearTimeout(this.#timer)
    this.#timer = ms > 0 ? setTimeout(() => this.emit('timeout'), ms) : undefined
    return this
  }

  setNoDelay(): void {
    // There is no socket to set.
  }

  setSocketKeepAlive(): void {
    // As above.
  }

  flushHeaders(): void {
    // They leave with the body.
  }

  abort(): void {
    this.destroy()
  }

  override _write(chunk: Uint8Array | string, encoding: string, done: () => void): void {
    this.#parts.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding as 'utf8') : new Uint8Array(chunk))
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.aborted = true
    clearTimeout(this.#timer)
    this.#controller.abort()
    done(error)
  }

  async #send(): Promise<void> {
    this.finished = true
    const body = Buffer.concat(this.#parts)
    const headers = Object.fromEntries([...this.#headers.values()].filter(({ name }) => !DROPPED.has(name.toLowerCase())).map(({ name, value }) => [name, [value].flat().join(', ')]))
    const hasBody = body.length > 0 && this.method !== 'GET' && this.method !== 'HEAD'
    try {
      const response = await fetch(this.#url, { method: this.method, headers, redirect: 'manual', signal: this.#controller.signal, ...(hasBody && { body: asSent(body) }) })
      const bytes = new Uint8Array(await response.arrayBuffer())
      clearTimeout(this.#timer)
      const message = new IncomingMessage({ status: response.status, statusText: response.statusText, headers: readable(response.headers), url: '', body: bytes })
      if (!this.emit('response', message)) message.resume()
    } catch (thrown) {
      clearTimeout(this.#timer)
      if (!this.aborted) this.emit('error', thrown)
    }
  }
}

/** The connection's own business. */
const DROPPED = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect', 'accept-encoding', 'keep-alive'])

/** Text stays text, so that previews and failed deliveries show it. */
function asSent(body: Buffer): string | Buffer {
  const text = body.toString('utf8')
  return Buffer.from(text).equals(body) ? text : body
}

function readable(headers: { forEach(visit: (value: string, name: string) => void): void }): Headers {
  const all: Headers = {}
  headers.forEach((value, name) => {
    // The answer was decoded on its way.
    if (name !== 'content-encoding') all[name] = name === 'set-cookie' ? [value] : value
  })
  return all
}

export class Agent {
  readonly options: object
  maxSockets = Infinity
  readonly sockets = {}
  readonly requests = {}

  constructor(options: object = {}) {
    this.options = options
  }

  setMaxListeners(): this {
    return this
  }

  destroy(): void {
    // Nothing is kept open here.
  }
}

type RequestArguments = [url: string | URL | RequestOptions, options?: RequestOptions | Listener, listener?: Listener]

function readArguments(protocol: Protocol, [first, second, third]: RequestArguments): { options: RequestOptions, listener: Listener | undefined } {
  const given = typeof second === 'function' ? {} : second ?? {}
  const listener = typeof second === 'function' ? second : third
  if (typeof first === 'object' && !('searchParams' in first)) return { options: { protocol, ...first }, listener }
  const url = new (address().URL)(String(first)) as URL & { hostname: string, port: string, pathname: string, search: string, username: string, password: string }
  const auth = url.username ? { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` } : {}
  return { options: { protocol: url.protocol, hostname: url.hostname, port: url.port, path: url.pathname + url.search, ...auth, ...given }, listener }
}

export function clientOf(protocol: Protocol): { request(...args: RequestArguments): ClientRequest, get(...args: RequestArguments): ClientRequest } {
  const request = (...args: RequestArguments): ClientRequest => {
    const { options, listener } = readArguments(protocol, args)
    return new ClientRequest(options, listener)
  }
  return {
    request,
    get(...args) {
      const made = request(...args)
      made.end()
      return made
    },
  }
}
