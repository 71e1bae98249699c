/**
 * What an HTTP answer says about the events that were sent: contract 3.2, in the one place that every HTTP destination uses.
 *
 * | answer | outcome |
 * |---|---|
 * | 2xx | delivered |
 * | 408, 423, 429, and 5xx except 501 | retry, after what Retry-After asks |
 * | 501, other 4xx, and redirects that were not followed | discarded |
 * | no answer in time, refused, cut off, not HTTP | retry |
 * | address not permitted, request that cannot be made | discarded |
 */
import { limits } from '../base/limits.ts'
import type { HttpResult } from '../model/http.ts'
import { DELIVERED } from '../model/outcome.ts'
import type { Outcome, OutcomeDetail } from '../model/outcome.ts'

/** Follow only what keeps method and body: a POST turned into a GET would be answered 200 and lost. */
export const DELIVERY_REDIRECT_STATUSES: readonly number[] = [307, 308]

/** Request options that these rules rely on. */
export const DELIVERY_REQUEST = {
  redirectStatuses: DELIVERY_REDIRECT_STATUSES,
  bodyIsExtra: true,
  responseBytesMax: limits.responseBytesShown,
} as const

export interface OutcomeOptions {
  /** Milliseconds since 1970; a Retry-After may be a date. */
  now: number
  /** Values that must not be seen in the recorded answer, should the other side echo them. */
  secrets?: readonly string[]
}

export function outcomeOfAnswer(result: HttpResult, options: OutcomeOptions): Outcome {
  if (!result.ok) return outcomeOfFailure(result)
  const { status } = result
  if (status >= 200 && status < 300) return DELIVERED
  const detail = detailOf(result, options.secrets ?? [])
  const message = messageOf(result)
  if (!retries(status)) return { kind: 'discarded', code: 'destination_rejected', message, detail }
  const afterMs = retryAfterMs(result.headers['retry-after'], options.now)
  return { kind: 'retry', code: status === 429 ? 'destination_busy' : 'destination_error', message, ...(afterMs === undefined ? {} : { afterMs }), detail }
}

function retries(status: number): boolean {
  return status === 408 || status === 423 || status === 429 || (status >= 500 && status !== 501)
}

/** Requests that are wrong in themselves: sending them again makes the same mistake again. */
const UNSENDABLE = new Set(['ERR_INVALID_URL', 'UND_ERR_INVALID_ARG'])

function outcomeOfFailure(failure: Extract<HttpResult, { ok: false }>): Outcome {
  const { code, message, systemCode } = failure
  const detail: OutcomeDetail = systemCode === undefined ? {} : { systemCode }
  if (systemCode !== undefined && UNSENDABLE.has(systemCode)) return { kind: 'discarded', code: 'invalid_settings', message, detail }
  switch (code) {
    case 'fetch_blocked': return { kind: 'discarded', code, message }
    case 'fetch_too_large': return { kind: 'discarded', code, message }
    case 'fetch_timeout': return { kind: 'retry', code, message, detail }
    case 'fetch_failed': return { kind: 'retry', code: 'destination_unreachable', message, detail }
  }
}

function messageOf({ status, statusText, headers }: Extract<HttpResult, { ok: true }>): string {
  const said = `The destination answered ${status}${statusText === '' ? '' : ` ${statusText.slice(0, 100)}`}`
  const location = headers['location']
  if (status < 300 || status >= 400 || location === undefined) return `${said}.`
  return `${said} and points to ${location.slice(0, 200)}; only 307 and 308 are followed, so set that address instead.`
}

function detailOf(result: Extract<HttpResult, { ok: true }>, secrets: readonly string[]): OutcomeDetail {
  let responseBody = Buffer.from(result.body.buffer, result.body.byteOffset, Math.min(result.body.byteLength, limits.responseBytesShown)).toString('utf8')
  for (const secret of secrets) {
    // Shorter ones are not secrets, and would riddle the text.
    if (secret.length >= 6) responseBody = responseBody.replaceAll(secret, '…')
  }
  return { status: result.status, responseBody }
}

/**
 * How long a Retry-After header asks to wait, at most `limits.retryAfterMsMax`; undefined when it is absent or means nothing.
 * It is a number of seconds or an HTTP date.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  const waitMs = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : HTTP_DATE.test(text) ? Date.parse(text) - now : Number.NaN
  if (Number.isNaN(waitMs)) return undefined
  return Math.min(Math.max(Math.ceil(waitMs), 0), limits.retryAfterMsMax)
}

/** `Date.parse` alone would make a year of "-5" or "soon 1". */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/
