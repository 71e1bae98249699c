import { afterEach, beforeEach, expect, test } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import type { DestinationContext } from '../../../src/destinations/destination.ts'
import { parseSettings } from '../../../src/destinations/parse-settings.ts'
import { segment } from '../../../src/destinations/segment.ts'
import { createEgress } from '../../../src/egress/request.ts'
import type { Egress } from '../../../src/egress/request.ts'
import { EventCarrier } from '../../../src/model/event.ts'
import type { JsonObject } from '../../../src/model/event.ts'
import type { Outcome } from '../../../src/model/outcome.ts'
import { startSink } from '../../support/sink-server.ts'
import type { SinkServer } from '../../support/sink-server.ts'

let sink: SinkServer
let egress: Egress
let context: DestinationContext

beforeEach(async () => {
  sink = await startSink()
  egress = createEgress({ allowPrivate: false, allow: [sink.address] })
  context = { send: egress.send, now: () => 0, destinationId: 'dst_1', caught: () => Promise.resolve() }
})
afterEach(async () => {
  await egress.close()
  await sink.close()
})

function carrier(messageId: string, extra: JsonObject = {}): EventCarrier {
  const event = { type: 'track', event: 'Tried', userId: 'u', messageId, timestamp: '2026-11-23T11:59:58.000Z', receivedAt: '2026-11-23T12:00:00.000Z', projectId: 'src_1', version: 2, ...extra }
  return new EventCarrier(JSON.stringify(event), messageId)
}

const deliver = (events: readonly EventCarrier[], settings: JsonObject = {}): Promise<Outcome[]> => segment.deliver(events, parseSettings(segment, { writeKey: 'wk', endpoint: `${sink.url}/v1`, ...settings }), context)

test('events go to /batch as a client would send them: without what this server added, with the corrected time and no sentAt to correct it again', async () => {
  const added = { originalTimestamp: '2026-11-23T10:00:00.000Z', sentAt: '2026-11-23T10:00:02.000Z', _metadata: { bundled: ['Webhook'] }, writeKey: 'ours' }
  await deliver([carrier('m1', { ...added, properties: { a: [1, null] }, integrations: { All: true }, context: { ip: '203.0.113.9' }, custom: 'kept' })])
  const [request] = sink.received()
  expect(request).toMatchObject({ method: 'POST', url: '/v1/batch', headers: { authorization: `Basic ${Buffer.from('wk:').toString('base64')}`, 'content-type': 'application/json' } })
  expect(JSON.parse(request!.text)).toEqual({
    batch: [{
      type: 'track', event: 'Tried', userId: 'u', messageId: 'm1', timestamp: '2026-11-23T11:59:58.000Z', properties: { a: [1, null] }, integrations: { All: true },
      context: { ip: '203.0.113.9' }, custom: 'kept',
    }],
  })
})

test('a slash at the end of the endpoint does not matter, and the default is Segment', async () => {
  await deliver([carrier('m1')], { endpoint: `${sink.url}/v1//` })
  expect(sink.received()[0]!.url).toBe('/v1/batch')
  expect(parseSettings(segment, { writeKey: 'wk' })).toEqual({ writeKey: 'wk', endpoint: 'https://api.segment.io/v1' })
})

test('no request is larger than what the tracking API takes', async () => {
  const events = Array.from({ length: 60 }, (_, index) => carrier(`m${index}`, { filler: 'ü'.repeat(14_000) }))
  expect(await deliver(events)).toEqual(events.map(() => ({ kind: 'delivered' })))
  expect(sink.received().length).toBeGreaterThan(2)
  for (const request of sink.received()) {
    expect(Buffer.byteLength(request.text)).toBeLessThanOrEqual(limits.batchBytesMax)
    expect(request.events.length).toBeLessThanOrEqual(limits.batchEventsMax)
  }
  expect([...sink.eventsById().keys()].toSorted()).toEqual(events.map((event) => event.messageId).toSorted())
})

test('events that the tracking API cannot take are discarded alone, in their place', async () => {
  const outcomes = await deliver([carrier('a'), carrier('b', { type: 'delete' }), carrier('c'), carrier('d', { filler: 'x'.repeat(limits.eventBytesMax) }), carrier('e')])
  expect(outcomes).toMatchObject([{ kind: 'delivered' }, { kind: 'discarded', code: 'unsupported_event_type' }, { kind: 'delivered' }, { kind: 'discarded', code: 'event_too_large' }, { kind: 'delivered' }])
  expect([...sink.eventsById().keys()]).toEqual(['a', 'c', 'e'])
})

test('nothing is sent when there is nothing to send', async () => {
  expect(await deliver([carrier('b', { type: 'delete' })])).toMatchObject([{ code: 'unsupported_event_type' }])
  expect(sink.received()).toEqual([])
})
