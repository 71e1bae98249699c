/**
 * One webhook for a source function: kept raw, acknowledged, and run through the function later; or, where the source answers
 * synchronously, run at once (`webhook-answer.ts`). Any content type is taken, where
 * Segment refuses all but JSON and forms: the function can read the text and judge for itself.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import { limits } from '../base/limits.ts'
import type { FunctionRuntime } from '../isolate/runtime.ts'
import { EventCarrier } from '../model/event.ts'
import type { CurrentSnapshot, SourcePlan } from '../model/snapshot.ts'
import type { AcceptDeps } from './accept.ts'
import { runWebhook } from './webhook-answer.ts'
import type { WebhookAnswer } from './webhook-answer.ts'
import { decodeText, encodingOf, inflate } from './read-body.ts'

export interface WebhookDeps extends AcceptDeps {
  snapshot: CurrentSnapshot
  clock: Clock
  /** Without one no webhook is answered synchronously. */
  runtime?: FunctionRuntime
}

export interface WebhookCall {
  sourceId: string
  token: string
  body: Buffer | undefined
  /** Names and values in turn, as they came. */
  rawHeaders: readonly string[]
  contentEncoding?: string
  /** As the caller wrote it, host and query included; some senders sign it. */
  url: string
}

/** What the function gets; the carrier's JSON text. */
export interface WebhookPayload {
  /** The exact text, unpacked when it came as gzip. */
  body: string
  /** Lower-case names; several values of one name are joined by ", ". */
  headers: Record<string, string>
  url: string
}

/**
 * Resolves with the answer's status: 202 when the webhook is durable, 200 when its source is disabled and it was dropped, or when it
 * was run already; or with the Response that its function returned.
 * @throws SluiceError not_found for an unknown source or token, invalid_json for text that is not UTF-8, and as `receiveCall`
 */
export async function receiveWebhook(call: WebhookCall, deps: WebhookDeps): Promise<200 | 202 | WebhookAnswer> {
  const receivedAt = deps.clock.now()
  const plan = deps.snapshot().sources.get(call.sourceId)
  // One answer for both, so that nobody can find out which sources there are.
  if (!plan || !takesWebhook(plan, call.token)) throw new SluiceError('not_found')
  const sourceId = plan.source.id
  if (!plan.source.enabled) {
    deps.refusals.add(sourceId, 'source_disabled')
    deps.log.debug('webhook refused', { sourceId, code: 'source_disabled' })
    return 200
  }
  const bytes = call.body ?? Buffer.alloc(0)
  const packed = encodingOf(bytes, call.contentEncoding) === 'gzip'
  const body = exactText(packed ? await inflate(bytes, limits.webhookBytesMax) : bytes)
  const payload: WebhookPayload = { body, headers: forwardedHeaders(call.rawHeaders, packed), url: call.url }
  const carrier = new EventCarrier(JSON.stringify(payload), newId('evt'))
  if (plan.intake?.answersSynchronously && plan.onRequest && deps.runtime) {
    const { intake, onRequest } = plan
    const waiting = { id: carrier.messageId, sourceId, receivedAt, text: carrier.text, onRequest, intake }
    return await runWebhook(waiting, { ...deps, runtime: deps.runtime }) ?? 200
  }
  await deps.queue.append({ sourceId, kind: 'webhook', receivedAt, events: [carrier] })
  return 202
}

function takesWebhook(plan: SourcePlan, token: string): boolean {
  const expected = plan.source.webhookToken
  return expected !== '' && isSameSecret(token, expected) && plan.source.metadataId.startsWith('function:')
}

/** Takes as long for a wrong secret as for the right one, whatever their lengths. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Signatures cover every byte, so a byte order mark stays. */
function exactText(bytes: Buffer): string {
  const text = decodeText(bytes)
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? `\uFEFF${text}` : text
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/**
 * Everything but what belongs to the connection: authorization and cookies are there, since functions check them.
 * Of an unpacked body the packed one's encoding and length are left out.
 */
export function forwardedHeaders(rawHeaders: readonly string[], unpacked: boolean): Record<string, string> {
  const headers = new Map<string, string>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    const before = headers.get(name)
    const value = rawHeaders[index + 1]!
    headers.set(name, before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`)
  }
  const dropped = new Set(HOP_BY_HOP)
  for (const name of headers.get('connection')?.split(',') ?? []) dropped.add(name.trim().toLowerCase())
  if (unpacked) dropped.add('content-encoding').add('content-length')
  return Object.fromEntries(Array.from(headers).filter(([name]) => !dropped.has(name)))
}
