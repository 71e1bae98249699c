import { z } from 'zod'
import { limits } from '../base/limits.ts'
import { VERSION } from '../base/version.ts'
import type { Event, EventCarrier } from '../model/event.ts'
import type { Outcome } from '../model/outcome.ts'
import type { DestinationContext, DestinationDefinition } from './destination.ts'
import { joinTexts, splitBatches } from './event-batches.ts'
import { DELIVERY_REQUEST, outcomeOfAnswer } from './http-outcome.ts'
import { httpUrl } from './request-settings.ts'
import { sendBatches } from './send-batches.ts'

const settings = z.strictObject({
  // Goes into a Basic Authorization, where a colon would end it.
  writeKey: z.string().min(1).max(200).regex(/^[\x21-\x39\x3b-\x7e]+$/, { error: 'must be a write key: visible ASCII characters without spaces or colons' })
    .describe('Write key of the source at the other side.'),
  endpoint: httpUrl.default('https://api.segment.io/v1').describe('Address of the tracking API; events go to /batch below it.'),
})

type SegmentSettings = z.output<typeof settings>

/** Around the events of a batch: {"batch":[…]}. */
const ENVELOPE_BYTES = 64

/** Forwards events to Segment, or to anything else that speaks its tracking API. */
export const segment: DestinationDefinition<SegmentSettings> = {
  slug: 'segment',
  title: 'Segment',
  description: 'Forwards events to a source at Segment, or at any server that takes its tracking API, in batches.',
  settings,
  sensitive: ['writeKey'],
  batchEventsMax: () => Math.min(limits.batchEventsMax, limits.workEventsMax),
  async deliver(events, given, context) {
    const outcomes: Outcome[] = []
    const items = events.flatMap((event, index) => {
      const item = forwardable(event)
      if ('text' in item) return [{ text: item.text, index }]
      outcomes[index] = item
      return []
    })
    const batches = splitBatches(items, { itemsMax: limits.batchEventsMax, bytesMax: limits.batchBytesMax - ENVELOPE_BYTES })
    const sent = await sendBatches(batches, (batch) => sendBatch(batch, given, context), { now: context.now, startWithinMs: limits.requestMs })
    items.forEach((item, at) => { outcomes[item.index] = sent[at]! })
    return outcomes
  },
}

/**
 * The event as a client would have sent it. What this server added goes, since the other side adds its own. `timestamp` stays
 * and no `sentAt` is sent: our receive has already corrected it for the client's clock, and without a `sentAt` the other side
 * takes it as it is instead of correcting it a second time. `messageId` stays, so that the other side drops the repeats that
 * retries make. `_metadata` tells which destinations a browser has served already, which is about our destinations, not theirs.
 */
function forwardable(event: EventCarrier): { text: string } | Outcome {
  const { receivedAt: _1, projectId: _2, originalTimestamp: _3, sentAt: _4, version: _5, _metadata: _6, writeKey: _7, ...kept }: Event = event.parse()
  if (kept.type === 'delete') return { kind: 'discarded', code: 'unsupported_event_type', message: 'The tracking API has no delete events.' }
  const text = JSON.stringify(kept)
  if (Buffer.byteLength(text) <= limits.eventBytesMax) return { text }
  // The other side refuses a whole batch for one event that is too large.
  return { kind: 'discarded', code: 'event_too_large', message: `The tracking API takes events of up to ${limits.eventBytesMax} bytes.` }
}

async function sendBatch(batch: readonly { text: string }[], given: SegmentSettings, context: DestinationContext): Promise<Outcome> {
  const result = await context.send({
    ...DELIVERY_REQUEST,
    url: `${given.endpoint.replace(/\/+$/, '')}/batch`,
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': `Sluice/${VERSION}`,
      Authorization: `Basic ${Buffer.from(`${given.writeKey}:`).toString('base64')}`,
    },
    body: `{"batch":${joinTexts(batch)}}`,
    timeoutMs: limits.requestMs,
  })
  return outcomeOfAnswer(result, { now: context.now(), secrets: [given.writeKey] })
}
