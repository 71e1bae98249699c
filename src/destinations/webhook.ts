import { z } from 'zod'
import { limits } from '../base/limits.ts'
import { VERSION } from '../base/version.ts'
import type { EventCarrier } from '../model/event.ts'
import type { Outcome } from '../model/outcome.ts'
import type { DestinationContext, DestinationDefinition } from './destination.ts'
import { joinTexts, splitBatches } from './event-batches.ts'
import { DELIVERY_REQUEST, outcomeOfAnswer } from './http-outcome.ts'
import { headerSettings, httpUrl } from './request-settings.ts'
import { sendBatches } from './send-batches.ts'
import { signatureHeaders, webhookId } from './webhook-signature.ts'

const settings = z.strictObject({
  url: httpUrl.describe('Where to send events.'),
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
  headers: headerSettings.describe('Sent with every request; for example an Authorization.'),
  sharedSecret: z.string().max(1_024).default('')
    .describe('Signs every request: X-Signature (hex HMAC-SHA1 of the body) and the headers of Standard Webhooks. Empty: not signed.'),
  batch: z.boolean().default(false).describe('Send several events in one request, as a JSON array, instead of one JSON object each.'),
  batchSize: z.int().min(1).max(limits.webhookBatchEventsMax).default(limits.workEventsMax)
    .describe(`Most events in one array. Events are worked on in units of ${limits.workEventsMax}, so no array is longer than that.`),
  timeoutMs: z.int().min(100).max(limits.webhookRequestMsMax).default(limits.requestMs).describe('Milliseconds until a request counts as failed.'),
})

type WebhookSettings = z.output<typeof settings>

/** Sends the JSON text of each event as it is to an address of the user's own. */
export const webhook: DestinationDefinition<WebhookSettings> = {
  slug: 'webhook',
  title: 'Webhook',
  description: 'Sends events as JSON to any HTTP address, signed when you set a secret.',
  settings,
  // Header values are where people put API keys.
  sensitive: ['sharedSecret', 'headers'],
  batchEventsMax: (given) => (given.batch ? Math.min(given.batchSize, limits.workEventsMax) : limits.workEventsMax),
  deliver(events, given, context) {
    const itemsMax = given.batch ? given.batchSize : 1
    const batches = splitBatches(events, { itemsMax, bytesMax: limits.batchBytesMax })
    return sendBatches(batches, (batch) => sendBatch(batch, given, context), { now: context.now, startWithinMs: given.timeoutMs })
  },
}

async function sendBatch(batch: readonly EventCarrier[], given: WebhookSettings, context: DestinationContext): Promise<Outcome> {
  const text = given.batch ? joinTexts(batch) : batch[0]!.text
  const now = context.now()
  let body: string | Uint8Array = text
  let signature: Record<string, string> = {}
  if (given.sharedSecret !== '') {
    // Encoded once, so that what is signed is what is sent.
    body = Buffer.from(text)
    signature = signatureHeaders({ body, secret: given.sharedSecret, id: webhookId(batch.map((event) => event.messageId)), now })
  }
  const result = await context.send({
    ...DELIVERY_REQUEST,
    url: given.url,
    method: given.method,
    headers: { 'Content-Type': 'application/json', 'User-Agent': `Sluice/${VERSION}`, ...given.headers, ...signature },
    body,
    timeoutMs: given.timeoutMs,
  })
  return outcomeOfAnswer(result, { now: context.now(), secrets: [given.sharedSecret, ...Object.values(given.headers)] })
}
