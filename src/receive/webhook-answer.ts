/** A webhook of a source that answers synchronously: its function runs while the caller waits, and what it returns is the answer. */
import { ERRORS, SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { FunctionRuntime, RunResult } from '../isolate/runtime.ts'
import type { EventCarrier, Json } from '../model/event.ts'
import { CONNECTION_HEADERS } from '../model/http.ts'
import type { RunnableInstance } from '../model/function.ts'
import type { Intake } from '../model/snapshot.ts'
import { carryEvent } from './accept.ts'
import type { AcceptDeps } from './accept.ts'
import { formatTime } from './event-time.ts'

export interface WebhookAnswer {
  status: number
  headers: readonly (readonly [name: string, value: string])[]
  body: Buffer
}

/** What `onRequest` left behind: `events` for the log, and the Response that it returned. */
interface RequestOutput {
  events: Json[]
  response?: { status: number, headers: [string, string][], body?: string, base64?: string }
}

export interface WaitingWebhook {
  /** Its events' ids follow from it. */
  id: string
  sourceId: string
  receivedAt: number
  /** JSON text of the webhook's payload. */
  text: string
  onRequest: RunnableInstance
  intake: Intake
}

/**
 * The function's Response, once its events are durable; undefined when it returned none.
 * @throws SluiceError with the code that the function ended with (nothing was kept then), or as `append`
 */
export async function runWebhook(webhook: WaitingWebhook, deps: AcceptDeps & { runtime: FunctionRuntime }): Promise<WebhookAnswer | undefined> {
  const [result] = await deps.runtime.run({ instance: webhook.onRequest, call: 'request', payloads: [webhook.text] })
  if (result?.outcome !== 'ok') throw refusalOf(result)
  const { events, response } = JSON.parse(result.text) as RequestOutput
  // Before the events are kept: a caller who gets an error sends the same webhook again.
  const answer = response && answerOf(response)
  await keep(events, webhook, deps)
  return answer
}

/** The table's sentence and no more: what a function throws may tell a stranger too much. What it wants to tell, it returns. */
function refusalOf(result: Exclude<RunResult, { outcome: 'ok' }> | undefined): SluiceError {
  const code = result?.code ?? 'internal'
  return new SluiceError(ERRORS[code].status < 400 ? 'bad_request' : code)
}

async function keep(items: Json[], { id, sourceId, receivedAt: receivedAtMs, intake }: WaitingWebhook, deps: AcceptDeps): Promise<void> {
  const events: EventCarrier[] = []
  const receivedAt = formatTime(receivedAtMs)
  items.forEach((item, index) => {
    const carried = carryEvent(item, { sourceId, receivedAtMs, receivedAt, assignId: () => `${id}-${index}` }, intake.eventBytesMax)
    if (typeof carried === 'string') deps.refusals.add(sourceId, carried)
    else events.push(carried)
  })
  if (events.length > 0) await deps.queue.append({ sourceId, kind: 'events', receivedAt: receivedAtMs, events })
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Made by strangers' code, so every part is checked. @throws SluiceError function_output_invalid */
function answerOf({ status, headers, body, base64 }: NonNullable<RequestOutput['response']>): WebhookAnswer {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw invalid(`a Response's status is from 200 to 599`)
  if (!Array.isArray(headers) || headers.some(([name, value]) => !NAME.test(name) || !VALUE.test(value))) throw invalid('a header of its Response is none')
  const bytes = base64 === undefined ? Buffer.from(String(body ?? '')) : Buffer.from(base64, 'base64')
  if (bytes.length > limits.webhookAnswerBytesMax) throw invalid(`the body of its Response is larger than ${limits.webhookAnswerBytesMax} bytes`)
  return { status, headers: headers.filter(([name]) => !CONNECTION_HEADERS.has(name.toLowerCase())), body: bytes }
}

function invalid(why: string): SluiceError {
  return new SluiceError('function_output_invalid', { message: `The function's answer cannot be sent: ${why}.` })
}
