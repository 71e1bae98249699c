import type { Clock } from '../base/clock.ts'
import { asError, SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { describeRefusal, unreachable } from './api-client.ts'

export interface SendOptions {
  url: string
  writeKey: string
  clock: Clock
  /** Called after each request with what was sent so far. */
  onProgress?: (sent: SendTotals) => void
}

export interface SendTotals {
  events: number
  requests: number
  /** How often a request was sent again. */
  retries: number
}

/**
 * Sends batch after batch, each again while the server is full or away.
 * @throws Error naming the reason and how many events were accepted before
 */
export async function sendBatches(batches: AsyncIterable<string[]>, options: SendOptions): Promise<SendTotals> {
  const totals: SendTotals = { events: 0, requests: 0, retries: 0 }
  try {
    for await (const batch of batches) {
      totals.retries += await sendBatch(batch, options)
      totals.events += batch.length
      totals.requests += 1
      options.onProgress?.(totals)
    }
  } catch (thrown) {
    const { message } = asError(thrown)
    throw new Error(`${message}${totals.events > 0 ? `\n${totals.events} events were accepted before.` : ''}`, { cause: thrown })
  }
  return totals
}

/** Resolves to the number of repeats once the server has accepted the batch. */
async function sendBatch(batch: string[], options: SendOptions): Promise<number> {
  const body = `{"batch":[${batch.join(',')}],"sentAt":${JSON.stringify(new Date(options.clock.now()).toISOString())}}`
  for (let attempt = 1; ; attempt += 1) {
    const answer = await post(body, options)
    if (answer.accepted) return attempt - 1
    if (!answer.retry || attempt === limits.sendAttemptsMax) throw new SluiceError('invalid_request', { message: answer.reason })
    await options.clock.sleep(answer.afterMs ?? Math.min(500 * 2 ** attempt, limits.sendWaitMsMax))
  }
}

type Answer = { accepted: true } | { accepted: false, retry: boolean, afterMs?: number, reason: string }

async function post(body: string, { url, writeKey }: SendOptions): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}` },
      body,
      signal: AbortSignal.timeout(limits.apiRequestMs),
    })
  } catch (thrown) {
    return { accepted: false, retry: true, reason: unreachable(url, thrown) }
  }
  const text = await response.text()
  if (response.ok) return { accepted: true }
  const afterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    accepted: false,
    retry: response.status === 429 || response.status >= 500,
    ...(afterSeconds >= 0 ? { afterMs: Math.min(afterSeconds * 1_000, limits.sendWaitMsMax) } : {}),
    reason: describeRefusal('POST /v1/batch', response.status, text),
  }
}
