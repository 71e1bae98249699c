import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import type { DestinationContext } from '../../../src/destinations/destination.ts'
import { parseSettings } from '../../../src/destinations/parse-settings.ts'
import { webhook } from '../../../src/destinations/webhook.ts'
import { createEgress } from '../../../src/egress/request.ts'
import type { Egress } from '../../../src/egress/request.ts'
import { EventCarrier } from '../../../src/model/event.ts'
import type { JsonObject } from '../../../src/model/event.ts'
import type { HttpRequest } from '../../../src/model/http.ts'
import type { Outcome } from '../../../src/model/outcome.ts'
import { startSink } from '../../support/sink-server.ts'
import type { SinkRequest, SinkServer } from '../../support/sink-server.ts'

const NOW = 1_795_435_200_999

let sink: SinkServer
let egress: Egress
let context: DestinationContext

beforeEach(async () => {
  sink = await startSink()
  egress = createEgress({ allowPrivate: false, allow: [sink.address] })
  context = { send: egress.send, now: () => NOW, destinationId: 'dst_1', caught: () => Promise.resolve() }
})
afterEach(async () => {
  await egress.close()
  await sink.close()
})

const carrier = (messageId: string, size = 0): EventCarrier => new EventCarrier(JSON.stringify({ type: 'track', event: 'Grüße', messageId, filler: 'ü'.repeat(size) }), messageId)
const deliver = (events: readonly EventCarrier[], settings: JsonObject = {}): Promise<Outcome[]> => webhook.deliver(events, parseSettings(webhook, { url: `${sink.url}/hook`, ...settings }), context)

/** As a receiver would: from the request alone. */
function expectSigned(request: SinkRequest, secret: string, key: string | Buffer = secret): void {
  expect(request.headers['x-signature']).toBe(createHmac('sha1', secret).update(request.text).digest('hex'))
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers
  expect(at).toBe('1795435200')
  expect(signature).toBe(`v1,${createHmac('sha256', key).update(`${id as string}.${at as string}.${request.text}`).digest('base64')}`)
}

describe('a webhook', () => {
  test('gets the very text of the event', async () => {
    const text = '{ "type":"track",  "n": 1.0, "messageId": "m" }'
    await deliver([new EventCarrier(text, 'm')], { method: 'PUT', headers: { 'X-Key': 'k', 'content-type': 'application/vnd.me+json' } })
    expect(sink.received()).toMatchObject([{ method: 'PUT', url: '/hook', text, headers: { 'x-key': 'k', 'content-type': 'application/vnd.me+json' } }])
    expect(sink.received()[0]!.headers).not.toHaveProperty('x-signature')
    expect(sink.received()[0]!.headers).not.toHaveProperty('webhook-id')
  })

  test('gets one request per event, or one JSON array when it wants batches', async () => {
    const events = [carrier('a'), carrier('b'), carrier('c')]
    await deliver(events)
    expect(sink.received().map((request) => request.text).toSorted()).toEqual(events.map((event) => event.text).toSorted())
    sink.reset()
    await deliver(events, { batch: true })
    expect(sink.received().map((request) => request.text)).toEqual([`[${events.map((event) => event.text).join(',')}]`])
    sink.reset()
    await deliver([carrier('a')], { batch: true })
    expect(sink.received()[0]!.text).toBe(`[${carrier('a').text}]`)
  })

  test('gets no more events in a batch than it asked for, nor more bytes than a batch may have', async () => {
    expect(webhook.batchEventsMax(parseSettings(webhook, { url: sink.url, batch: true, batchSize: 7 }))).toBe(7)
    expect(webhook.batchEventsMax(parseSettings(webhook, { url: sink.url, batch: true, batchSize: 4_000 }))).toBe(limits.workEventsMax)
    await deliver(Array.from({ length: 5 }, (_, index) => carrier(`m${index}`)), { batch: true, batchSize: 2 })
    expect(sink.received().map((request) => request.events.length).toSorted()).toEqual([1, 2, 2])
    sink.reset()
    const large = Array.from({ length: 10 }, (_, index) => carrier(`m${index}`, 50_000))
    await deliver([...large, carrier('huge', 400_000)], { batch: true })
    const bytes = sink.received().filter((request) => request.events.length > 1).map((request) => Buffer.byteLength(request.text))
    expect(bytes.length).toBeGreaterThan(1)
    expect(Math.max(...bytes)).toBeLessThanOrEqual(limits.batchBytesMax + 2)
    expect(sink.eventsById().size).toBe(11)
  })

  test('each event has the outcome of its own request, in order', async () => {
    sink.follow(({ headers }) => (Number(headers['content-length']) % 2 === 0 ? { status: 400 } : undefined))
    const events = Array.from({ length: 40 }, (_, index) => new EventCarrier(JSON.stringify('x'.repeat(index)), `m${index}`))
    const outcomes = await deliver(events)
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(events.map((event) => (event.text.length % 2 === 0 ? 'discarded' : 'delivered')))
  })

  test('all events of a batch have the outcome of their request', async () => {
    sink.answerNext({ status: 500 })
    const outcomes = await deliver([carrier('a'), carrier('b'), carrier('c')], { batch: true, batchSize: 2 })
    expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual(expect.arrayContaining(['delivered', 'retry']))
    expect(outcomes[0]!.kind).toBe(outcomes[1]!.kind)
  })
})

describe('a signed webhook', () => {
  test('can be verified from its body and headers, by Segment\'s way and by Standard Webhooks', async () => {
    await deliver([carrier('m-1')], { sharedSecret: 'sécret' })
    expectSigned(sink.received()[0]!, 'sécret')
    expect(sink.received()[0]!.headers['webhook-id']).toBe('m-1')
  })

  test('is signed whole when it is a batch', async () => {
    await deliver([carrier('a'), carrier('b', 1_000)], { sharedSecret: 'secret', batch: true })
    expect(sink.received()[0]!.events).toHaveLength(2)
    expectSigned(sink.received()[0]!, 'secret')
  })

  test('takes a key as Standard Webhooks writes it', async () => {
    const key = Buffer.from('0123456789abcdef01234567')
    await deliver([carrier('a')], { sharedSecret: `whsec_${key.toString('base64')}` })
    expectSigned(sink.received()[0]!, `whsec_${key.toString('base64')}`, key)
  })

  test('has the same id at each attempt, another one for other events, and one that a header can carry', async () => {
    const idOf = async (events: EventCarrier[], batch: boolean): Promise<string> => {
      sink.reset()
      await deliver(events, { sharedSecret: 'secret', batch })
      expectSigned(sink.received()[0]!, 'secret')
      return sink.received()[0]!.headers['webhook-id'] as string
    }
    const first = await idOf([carrier('a'), carrier('b')], true)
    expect(await idOf([carrier('a'), carrier('b')], true)).toBe(first)
    expect(await idOf([carrier('a'), carrier('c')], true)).not.toBe(first)
    for (const odd of ['line\r\nbreak', 'grüße', 'with.dot', '']) expect(await idOf([carrier(odd)], false)).toMatch(/^msg_[\w-]{43}$/)
  })

  test('cannot have its signature replaced by a header of the settings', async () => {
    await deliver([carrier('a')], { sharedSecret: 'secret', headers: { 'x-signature': 'forged', 'Webhook-Signature': 'forged' } })
    expectSigned(sink.received()[0]!, 'secret')
  })
})

describe('a slow webhook', () => {
  test('gets a bounded number of requests at a time', async () => {
    let now = 0
    let most = 0
    const send = async (request: HttpRequest) => {
      now += 1
      most = Math.max(most, now)
      const result = await egress.send(request)
      now -= 1
      return result
    }
    const outcomes = await webhook.deliver(Array.from({ length: 100 }, (_, index) => carrier(`m${index}`)), parseSettings(webhook, { url: sink.url }), { ...context, send })
    expect(outcomes.every((outcome) => outcome.kind === 'delivered')).toBe(true)
    expect(most).toBe(limits.destinationRequestsInFlightMax)
  })

  test('does not hold its events for ever: what was not begun in time goes back without counting as an attempt', async () => {
    let clock = NOW
    const send = async (request: HttpRequest) => {
      clock += 1_000
      return await egress.send(request)
    }
    const outcomes = await webhook.deliver(Array.from({ length: 100 }, (_, index) => carrier(`m${index}`)), parseSettings(webhook, { url: sink.url, timeoutMs: 30_000 }), { ...context, send, now: () => clock })
    const delivered = outcomes.filter((outcome) => outcome.kind === 'delivered').length
    expect(delivered).toBe(sink.received().length)
    expect(delivered).toBeLessThan(100)
    expect(outcomes.slice(delivered)).toEqual(Array.from({ length: 100 - delivered }, () => ({ kind: 'retry', code: 'destination_saturated', free: true })))
  })
})
