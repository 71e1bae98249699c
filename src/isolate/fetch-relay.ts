/** A function's `fetch`, from the text that its isolate wrote to the answer that it reads. */
import { isUtf8 } from 'node:buffer'
import type { Limits } from '../base/limits.ts'
import type { RunnableInstance } from '../model/function.ts'
import type { HttpRequest, HttpResult } from '../model/http.ts'
import type { FunctionRequest } from '../model/outcome.ts'
import type { FunctionFetch } from './runtime.ts'

export interface FetchRelayOptions {
  fetch: FunctionFetch
  limits: Limits
}

export interface FetchAnswer {
  head: string
  body: string
}

/** Never rejects. `record` gets the request as a person wants to see it, and grows the answer when that is there. */
export async function relayFetch(text: string, instance: RunnableInstance, options: FetchRelayOptions & { record?(request: FunctionRequest): void }): Promise<FetchAnswer> {
  const request = readRequest(text, options.limits)
  if (request === undefined) return failure({ ok: false, code: 'fetch_failed', message: 'the request does not have the documented shape' })
  const seen: FunctionRequest = { method: request.method, url: request.url, headers: request.headers, body: shownBody(request.body, options.limits) }
  options.record?.(seen)
  let result: HttpResult
  try {
    result = await options.fetch(request, instance)
  } catch {
    result = { ok: false, code: 'fetch_failed', message: 'the request could not be sent' }
  }
  if (!result.ok) {
    seen.error = result.message
    return failure(result)
  }
  const { status, statusText, headers, url } = result
  const body = Buffer.from(result.body.buffer, result.body.byteOffset, result.body.byteLength)
  const base64 = !isUtf8(body)
  const answer = { head: JSON.stringify({ ok: true, status, statusText, headers, url, base64 }), body: base64 ? body.toString('base64') : body.toString('utf8') }
  seen.status = status
  seen.responseBody = base64 ? `(${body.length} bytes)` : answer.body.slice(0, options.limits.functionLogBytesKept)
  return answer
}

function failure(result: Extract<HttpResult, { ok: false }>): FetchAnswer {
  return { head: JSON.stringify(result), body: '' }
}

function shownBody(body: HttpRequest['body'], limits: Limits): string {
  if (body === undefined) return ''
  return typeof body === 'string' ? body.slice(0, limits.functionLogBytesKept) : `(${body.length} bytes)`
}

interface WireRequest {
  url: unknown
  method: unknown
  headers: unknown
  body: unknown
  base64: unknown
  redirectsMax: unknown
  timeoutMs: unknown
  bytesMax: unknown
}

function readRequest(text: string, limits: Limits): HttpRequest | undefined {
  let wire: Partial<WireRequest> | null
  try {
    wire = JSON.parse(text) as Partial<WireRequest> | null
  } catch {
    return undefined
  }
  if (typeof wire !== 'object' || wire === null) return undefined
  const { url, method, headers, body } = wire
  if (typeof url !== 'string' || typeof method !== 'string' || typeof headers !== 'object' || headers === null) return undefined
  const pairs = Object.entries(headers)
  if (!pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string')) return undefined
  return {
    url,
    method,
    headers: Object.fromEntries(pairs),
    ...(typeof body === 'string' && { body: wire.base64 === true ? Buffer.from(body, 'base64') : body }),
    timeoutMs: atMost(wire.timeoutMs, limits.functionWallMs) || limits.functionWallMs,
    responseBytesMax: atMost(wire.bytesMax, limits.functionFetchBodyBytesMax) || limits.functionFetchBodyBytesMax,
    redirectsMax: atMost(wire.redirectsMax, limits.redirectsMax),
  }
}

/** A whole number from 0 to `max`. */
function atMost(value: unknown, max: number): number {
  return typeof value === 'number' && value >= 0 ? Math.min(Math.floor(value), max) : 0
}
