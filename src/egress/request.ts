/**
 * The one way out: every request that leaves the router, from destinations and from functions' `fetch`, goes through `send`.
 * It never throws, reaches permitted addresses only (`guarded-connector.ts`), and everything about it is bounded: time over the
 * whole chain of redirects, connections, redirects, and the decoded size of the answer.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'
import type { Dispatcher } from 'undici'
import { ERRORS } from '../base/errors.ts'
import { limits as standardLimits } from '../base/limits.ts'
import type { Limits } from '../base/limits.ts'
import type { HttpRequest, HttpResult, SendRequest } from '../model/http.ts'
import { createAddressGuard } from './address-guard.ts'
import { ACCEPT_ENCODING, decodeBody } from './decode-body.ts'
import { startExchange } from './exchange.ts'
import type { Answer, Exchange, Failure } from './exchange.ts'
import { BlockedAddressError, createGuardedConnector } from './guarded-connector.ts'
import { addUrlCredentials, outgoingHeaders } from './outgoing-headers.ts'
import { REDIRECT_STATUSES, nextHop } from './redirect.ts'
import type { Hop } from './redirect.ts'
import { systemCodeOf } from './system-code.ts'

export interface EgressOptions {
  /** Opens private and loopback addresses; for development. */
  allowPrivate: boolean
  /** `host:port`, host or CIDR that may be reached although private. */
  allow: readonly string[]
  limits?: Partial<Limits>
  /** `dns.lookup`, unless a test scripts it. Must call back later, not at once: `tls.connect` breaks on a socket that fails before it returns. */
  lookup?: LookupFunction
}

export interface Egress {
  send: SendRequest
  /** Ends what is still under way (as fetch_failed) and closes all connections. */
  close(): Promise<void>
}

type Failed = Extract<HttpResult, { ok: false }>

/** @throws SluiceError invalid_request when the allow list has an entry that is no host, host:port or CIDR */
export function createEgress(options: EgressOptions): Egress {
  const limits: Limits = { ...standardLimits, ...options.limits }
  const guard = createAddressGuard(options)
  const agent = new Agent({
    connect: createGuardedConnector({ guard, connectMs: limits.connectMs, lookup: options.lookup }),
    connections: limits.connectionsPerOriginMax,
    // A request never waits behind another one's slow answer on the same connection.
    pipelining: 1,
    allowH2: false,
    // Each exchange has one deadline of its own; two more timers per request would only cost.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    send: (request) => send(request, { agent, limits }),
    close: () => agent.destroy(),
  }
}

interface Way {
  agent: Dispatcher
  limits: Limits
}

async function send(request: HttpRequest, { agent, limits }: Way): Promise<HttpResult> {
  const first = firstHop(request)
  if ('ok' in first) return first
  let exchange: Exchange | undefined
  let expired = false
  const deadline = setTimeout(() => {
    expired = true
    exchange?.expire()
  }, request.timeoutMs ?? limits.requestMs)
  const bytesMax = request.responseBytesMax ?? limits.responseBytesMax
  const redirectsMax = request.redirectsMax ?? limits.redirectsMax
  const bodyIsExtra = (status: number): boolean => request.bodyIsExtra === true || (redirectsMax > 0 && isRedirect(request, status))
  const ask = (hop: Hop): Promise<Answer | Failure> => {
    exchange = startExchange(agent, hop, { bytesMax, drainBytesMax: limits.responseBytesMax, bodyIsExtra })
    if (expired) exchange.expire()
    return exchange.result
  }
  try {
    return await followRedirects(request, first, { bytesMax, redirectsMax, ask })
  } catch (error) {
    return failed('fetch_failed', describe(error), systemCodeOf(error))
  } finally {
    clearTimeout(deadline)
  }
}

interface Chain {
  bytesMax: number
  redirectsMax: number
  ask: (hop: Hop) => Promise<Answer | Failure>
}

async function followRedirects(request: HttpRequest, first: Hop, { bytesMax, redirectsMax, ask }: Chain): Promise<HttpResult> {
  let hop = first
  for (let followed = 0; ; followed += 1) {
    if (!isHttp(hop.url)) return failed('fetch_blocked')
    const answer = await ask(hop)
    if ('failed' in answer) return failureResult(answer)
    const location = redirectsMax > 0 && isRedirect(request, answer.status) ? headerText(answer.headers['location']) : undefined
    if (location === undefined) return answerResult(hop, answer, { bytesMax, bodyIsExtra: request.bodyIsExtra === true })
    if (followed === redirectsMax) return failed('fetch_failed', `The address redirected more than ${redirectsMax} times.`)
    const next = nextHop(hop, answer.status, location)
    if (next === undefined) return failed('fetch_failed', 'The address redirected to something that is not a URL.')
    addUrlCredentials(next.headers, next.url)
    hop = next
  }
}

/** Methods that turn a connection into something else, or echo a request's secrets back. */
const METHODS_REFUSED = new Set(['CONNECT', 'TRACE', 'TRACK'])

function firstHop(request: HttpRequest): Hop | Failed {
  const url = URL.parse(request.url)
  if (url === null) return failed('fetch_failed', `"${request.url.slice(0, 200)}" is not a URL.`, 'ERR_INVALID_URL')
  const method = request.method.toUpperCase()
  if (METHODS_REFUSED.has(method)) return failed('fetch_failed', `The method ${method} is not offered.`, 'UND_ERR_INVALID_ARG')
  const headers = outgoingHeaders(request.headers)
  addUrlCredentials(headers, url)
  // A body of which only the start is kept could not be decoded.
  if (!headers.has('accept-encoding') && request.bodyIsExtra !== true) headers.set('accept-encoding', ['Accept-Encoding', ACCEPT_ENCODING])
  return { url, method, headers, body: request.body }
}

async function answerResult(hop: Hop, answer: Answer, { bytesMax, bodyIsExtra }: { bytesMax: number, bodyIsExtra: boolean }): Promise<HttpResult> {
  const decoded = await decodeBody(answer.body, headerText(answer.headers['content-encoding']), bytesMax)
  if (!decoded.ok && !bodyIsExtra) {
    return decoded.tooLarge ? failed('fetch_too_large') : failed('fetch_failed', 'The answer is not encoded as its Content-Encoding says.')
  }
  return {
    ok: true,
    status: answer.status,
    statusText: answer.statusText,
    headers: joinedHeaders(answer.headers),
    body: decoded.ok ? decoded.body : new Uint8Array(),
    url: hop.url.origin + hop.url.pathname + hop.url.search,
  }
}

function failureResult(failure: Failure): Failed {
  if (failure.failed === 'deadline') return failed('fetch_timeout')
  if (failure.failed === 'too-large') return failed('fetch_too_large')
  const { error } = failure
  if (error instanceof BlockedAddressError) return failed('fetch_blocked')
  const systemCode = systemCodeOf(error)
  if (systemCode === 'ETIMEDOUT') return failed('fetch_timeout', undefined, systemCode)
  if (systemCode === 'UND_ERR_HEADERS_OVERFLOW') return failed('fetch_too_large')
  return failed('fetch_failed', describe(error), systemCode)
}

/** Without `message`, the table's sentence: refusals must all read the same. */
function failed(code: Failed['code'], message: string = ERRORS[code].message, systemCode?: string): Failed {
  return { ok: false, code, message, ...(systemCode === undefined ? {} : { systemCode }) }
}

function describe(error: unknown): string {
  const text = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0].message : error instanceof Error ? error.message : ''
  // Node adds this machine's own address, which is nobody's business.
  return text === '' ? ERRORS.fetch_failed.message : text.replace(/ - Local \(.*\)$/, '')
}

function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:'
}

function isRedirect(request: HttpRequest, status: number): boolean {
  return (request.redirectStatuses ?? REDIRECT_STATUSES).includes(status)
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}

function joinedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  // No prototype: a server may send a header called __proto__ or constructor.
  const joined: Record<string, string> = Object.create(null) as Record<string, string>
  for (const name of Object.keys(headers)) joined[name] = headerText(headers[name]) ?? ''
  return joined
}
