/** `fetch` as in node-fetch 2, made by a host call: this isolate and its process have no network. */
import { base64ToBytes, bytesToBase64 } from './base64.guest.ts'
import { Body } from './body.guest.ts'
import { FetchError } from './fetch-error.guest.ts'
import { Request, type RequestInit } from './request.guest.ts'
import { Response } from './response.guest.ts'
import { invocation, onInvocationEnd } from '../invocation.guest.ts'
import { markHandled, newPromise, parseJson, quote, SafeMap, toJson } from '../primordials.guest.ts'

/** The head of the answer; the body comes beside it as text or base64. */
export interface FetchAnswer {
  ok: boolean
  status?: number
  statusText?: string
  headers?: Record<string, string>
  url?: string
  base64?: boolean
  code?: string
  message?: string
  systemCode?: string
}

interface Pending {
  request: Request
  /** The event that asked; -1 when it was asked for while the code loaded. */
  index: number
  promise: Promise<Response>
  resolve(response: Response): void
  reject(error: Error): void
}

const pending = new SafeMap<number, Pending>()
let lastId = 0

export function fetch(input: unknown, init?: RequestInit): Promise<Response> {
  const { promise, resolve, reject } = newPromise<Response>()
  try {
    const request = new Request(input, init)
    const { signal } = request
    if (signal?.aborted) throw aborted()
    const { fetchesMax, fetchesInFlightMax } = invocation.config
    if (++invocation.fetches > fetchesMax) throw refused(request, `at most ${fetchesMax} requests are allowed for each event`)
    if (pending.size >= fetchesInFlightMax) throw refused(request, `at most ${fetchesInFlightMax} requests may be open at a time`)
    const text = wireOf(request)
    const id = ++lastId
    pending.set(id, { request, index: invocation.index, promise, resolve, reject })
    signal?.addEventListener('abort', () => {
      if (pending.delete(id)) reject(aborted())
    })
    invocation.calls++
    invocation.send(['fetch', id, invocation.index, text])
  } catch (thrown) {
    reject(thrown)
  }
  return promise
}

/** The answer is on its way all the same, and is not looked at. */
function aborted(): FetchError {
  return new FetchError('The user aborted a request.', 'aborted', 'ABORT_ERR', { name: 'AbortError' })
}

function refused(request: Request, reason: string): FetchError {
  return new FetchError(`request to ${request.url} failed, reason: ${reason}`, 'fetch_limit', 'fetch_limit')
}

function wireOf(request: Request): string {
  const content = Body.contentOf(request)
  const base64 = content !== null && typeof content !== 'string'
  const body = content === null ? null : typeof content === 'string' ? content : bytesToBase64(content)
  const bytesMax = invocation.config.fetchBodyBytesMax
  if (body !== null && body.length > bytesMax) throw refused(request, `its body is larger than ${bytesMax} bytes`)
  let headers = ''
  request.headers.forEach((value, name) => {
    headers += `${headers === '' ? '' : ','}${quote(name)}:${quote(value)}`
  })
  const redirectsMax = request.redirect === 'follow' ? request.follow : 0
  return `{"url":${quote(request.url)},"method":${quote(request.method)},"headers":{${headers}},"body":${body === null ? 'null' : quote(body)}`
    + `,"base64":${base64},"redirectsMax":${toJson(Number(redirectsMax))},"timeoutMs":${toJson(Number(request.timeout))},"bytesMax":${toJson(Number(request.size))}}`
}

export function fetchAnswered(id: number, headText: string, body: string): void {
  const waiting = pending.get(id)
  if (waiting === undefined) return
  pending.delete(id)
  const answer = parseJson(headText) as FetchAnswer
  const { request } = waiting
  if (!answer.ok) return waiting.reject(errorOf(answer, request))
  const status = answer.status!
  if (request.redirect === 'error' && status >= 300 && status < 400 && answer.headers?.location !== undefined) {
    return waiting.reject(new FetchError(`uri requested responds with a redirect, redirect mode is set to error: ${request.url}`, 'no-redirect'))
  }
  waiting.resolve(new Response(answer.base64 ? base64ToBytes(body) : body === '' ? null : body, {
    status, statusText: answer.statusText ?? '', headers: answer.headers, url: answer.url ?? request.url, redirected: (answer.url ?? request.url) !== request.url,
  }))
}

function errorOf(answer: FetchAnswer, request: Request): FetchError {
  if (answer.code === 'fetch_timeout') return new FetchError(`network timeout at: ${request.url}`, 'request-timeout', 'fetch_timeout')
  if (answer.code === 'fetch_too_large') return new FetchError(`content size at ${request.url} over limit: ${answer.message}`, 'max-size', 'fetch_too_large')
  return new FetchError(`request to ${request.url} failed, reason: ${answer.message}`, 'system', answer.systemCode ?? answer.code)
}

onInvocationEnd(() => {
  pending.forEach((waiting, id) => {
    if (waiting.index === -1) return
    pending.delete(id)
    markHandled(waiting.promise)
    waiting.reject(refused(waiting.request, 'the event that made it had already ended'))
  })
})
