/** What every built-in destination promises. `destination.test.ts` runs it over the whole registry. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../src/base/limits.ts'
import { SluiceError } from '../../src/base/errors.ts'
import type { DestinationContext, DestinationDefinition } from '../../src/destinations/destination.ts'
import { parseSettings } from '../../src/destinations/parse-settings.ts'
import { createEgress } from '../../src/egress/request.ts'
import type { Egress } from '../../src/egress/request.ts'
import { EventCarrier } from '../../src/model/event.ts'
import type { Event, JsonObject } from '../../src/model/event.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { startSink } from '../support/sink-server.ts'
import type { SinkAnswer, SinkServer } from '../support/sink-server.ts'

export interface DestinationExample {
  /** Settings as a person would send them, aimed at `url`. */
  settings(url: string): JsonObject
  /** Values that cannot be settings, each with the field that the refusal must name. */
  wrong: readonly (readonly [value: unknown, field: string])[]
  /** Whether it sends over HTTP to that url. */
  http: boolean
}

export const NOW = Date.UTC(2026, 10, 23, 12)

export function makeCarrier(index: number, extra: Partial<Event> = {}): EventCarrier {
  const event = {
    type: 'track', event: `Tried ${index}`, userId: 'u1', messageId: `message-${index}`, properties: { index, word: 'grüße 🌊' }, context: {}, integrations: {},
    timestamp: '2026-11-23T11:59:58.000Z', originalTimestamp: '2026-11-23T11:00:00.000Z', sentAt: '2026-11-23T11:00:02.000Z', receivedAt: '2026-11-23T12:00:00.000Z',
    projectId: 'src_1', version: 2, ...extra,
  }
  return new EventCarrier(JSON.stringify(event), event.messageId)
}

export const carriers = (count: number): EventCarrier[] => Array.from({ length: count }, (_, index) => makeCarrier(index))

/** By what the other side does: how the event must end. */
const HTTP_ROWS: readonly (readonly [what: string, answer: SinkAnswer, ending: Partial<Outcome> & { detail?: object }])[] = [
  ...[200, 201, 202, 204, 299].map((status) => [`answers ${status}`, { status }, { kind: 'delivered' }] as const),
  ...[400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 451, 501].map((status) =>
    [`answers ${status}`, { status, body: 'no thanks' }, { kind: 'discarded', code: 'destination_rejected', detail: { status, responseBody: 'no thanks' } }] as const),
  ...[408, 423, 500, 502, 503, 504, 505, 599].map((status) =>
    [`answers ${status}`, { status, body: 'not now' }, { kind: 'retry', code: 'destination_error', detail: { status, responseBody: 'not now' } }] as const),
  ['answers 429', { status: 429, body: '' }, { kind: 'retry', code: 'destination_busy', detail: { status: 429, responseBody: '' } }],
  ...[300, 301, 302, 303, 304].map((status) => [`answers ${status}`, { status, headers: { Location: '/elsewhere' } }, { kind: 'discarded', code: 'destination_rejected' }] as const),
  ['asks to wait so many seconds', { status: 429, headers: { 'Retry-After': '17' } }, { kind: 'retry', code: 'destination_busy', afterMs: 17_000 }],
  ['asks to wait until a date', { status: 503, headers: { 'Retry-After': new Date(NOW + 90_000).toUTCString() } }, { kind: 'retry', code: 'destination_error', afterMs: 90_000 }],
  ['asks to wait for days', { status: 429, headers: { 'Retry-After': '999999' } }, { kind: 'retry', afterMs: limits.retryAfterMsMax }],
  ['asks to wait until a date long gone', { status: 429, headers: { 'Retry-After': 'Wed, 21 Oct 2015 07:28:00 GMT' } }, { kind: 'retry', afterMs: 0 }],
  ['breaks the connection before it reads', { drop: 'before-read' }, { kind: 'retry', code: 'destination_unreachable', detail: { systemCode: 'ECONNRESET' } }],
  ['breaks the connection after it has read', { drop: 'after-read' }, { kind: 'retry', code: 'destination_unreachable', detail: { systemCode: 'ECONNRESET' } }],
  ['does not speak HTTP', { raw: '\0\x01 garbage\r\n\r\n' }, { kind: 'retry', code: 'destination_unreachable', detail: { systemCode: 'EPROTO' } }],
  ['answers 200 with 10 MB', { status: 200, body: 'x'.repeat(10 * 1024 ** 2) }, { kind: 'delivered' }],
  ['answers 200 and breaks off in the body', { status: 200, drop: 'mid-answer' }, { kind: 'delivered' }],
  ['answers 200 with a body that is not encoded as it says', { status: 200, headers: { 'Content-Encoding': 'gzip' }, body: 'plain' }, { kind: 'delivered' }],
]

export function describeDestination<Settings extends JsonObject>(definition: DestinationDefinition<Settings>, example: DestinationExample): void {
  describe(`the destination "${definition.slug}"`, () => {
    let sink: SinkServer
    let egress: Egress
    let context: DestinationContext
    let settings: Settings

    beforeEach(async () => {
      sink = await startSink()
      egress = createEgress({ allowPrivate: false, allow: [sink.address], limits: { requestMs: 300 } })
      context = { send: egress.send, now: () => NOW, destinationId: 'dst_1', caught: () => Promise.resolve() }
      settings = parseSettings(definition, example.settings(sink.url))
    })
    afterEach(async () => {
      await egress.close()
      await sink.close()
    })

    test('says what it is, in a form that can be shown', () => {
      expect(definition.slug).toMatch(/^[a-z][a-z0-9-]*$/)
      expect(definition.title).not.toBe('')
      expect(definition.description).toMatch(/\.$/)
      const names = 'shape' in definition.settings ? Object.keys(definition.settings.shape as object) : []
      expect(names).toEqual(expect.arrayContaining([...definition.sensitive]))
    })

    test('takes its own parsed settings again unchanged', () => {
      expect(parseSettings(definition, settings)).toEqual(settings)
      expect(parseSettings(definition, JSON.parse(JSON.stringify(settings)))).toEqual(settings)
    })

    test.each([...example.wrong, [{ ...example.settings('http://127.0.0.1'), unheardOf: 1 }, 'unheardOf'] as const, ...[null, 1, 'x', []].map((value) => [value, ''] as const)])('refuses the settings %j and names %j', (value, field) => {
      const refusal = refusalOf(() => parseSettings(definition, value))
      expect(refusal.code).toBe('invalid_settings')
      expect((refusal.details['problems'] as { field: string }[]).map((problem) => problem.field)).toContain(field)
      expect(refusal.message).toContain(field)
    })

    test('gives one outcome per event, in order, for as many as it takes at once', async () => {
      const eventsMax = definition.batchEventsMax(settings)
      expect(eventsMax).toBeGreaterThanOrEqual(1)
      for (const count of [0, 1, 2, eventsMax]) {
        const outcomes = await definition.deliver(carriers(count), settings, context)
        expect(outcomes).toEqual(Array.from({ length: count }, () => ({ kind: 'delivered' })))
      }
    })

    if (example.http) describeHttpRules()

    function describeHttpRules(): void {
      test('sends each event once, with the words it holds', async () => {
        const sent = carriers(37)
        await definition.deliver(sent, settings, context)
        const arrived = sink.eventsById()
        expect([...arrived.keys()].toSorted()).toEqual(sent.map((event) => event.messageId).toSorted())
        for (const event of sent) expect(arrived.get(event.messageId)).toMatchObject([{ event: event.parse().event, properties: event.parse().properties }])
      })

      test.each(HTTP_ROWS)('the other side %s', async (_what, answer, ending) => {
        sink.answerNext(answer)
        const [outcome] = await definition.deliver([makeCarrier(1)], settings, context)
        expect(outcome).toMatchObject(ending)
        if (ending.kind !== 'delivered') expect(outcome).toHaveProperty('message')
      })

      test.each([307, 308])('follows a %i with the same method and body', async (status) => {
        sink.answerNext({ status, headers: { Location: '/elsewhere' } })
        expect(await definition.deliver([makeCarrier(1)], settings, context)).toEqual([{ kind: 'delivered' }])
        const [first, second] = sink.received()
        expect(second).toMatchObject({ method: first!.method, url: '/elsewhere', text: first!.text })
      })

      test('the other side redirects to a private address', async () => {
        sink.answerNext({ status: 307, headers: { Location: 'http://169.254.169.254/' } })
        expect(await definition.deliver([makeCarrier(1)], settings, context)).toMatchObject([{ kind: 'discarded', code: 'fetch_blocked' }])
      })

      test('the other side never answers', async () => {
        sink.answerNext({ silent: true })
        const impatient: DestinationContext = { ...context, send: (request) => egress.send({ ...request, timeoutMs: 100 }) }
        expect(await definition.deliver([makeCarrier(1)], settings, impatient)).toMatchObject([{ kind: 'retry', code: 'fetch_timeout' }])
      })

      test('nobody listens', async () => {
        await sink.close()
        expect(await definition.deliver(carriers(3), settings, context)).toMatchObject(Array.from({ length: 3 }, () => ({ kind: 'retry', code: 'destination_unreachable', detail: { systemCode: 'ECONNREFUSED' } })))
      })

      test('an address that is not permitted is never reached', async () => {
        const strict = createEgress({ allowPrivate: false, allow: [] })
        const outcomes = await definition.deliver(carriers(2), settings, { ...context, send: strict.send })
        await strict.close()
        expect(outcomes).toMatchObject([{ kind: 'discarded', code: 'fetch_blocked' }, { kind: 'discarded', code: 'fetch_blocked' }])
        expect(sink.received()).toEqual([])
      })

      test('keeps a bounded part of what the other side said, without the secrets it was sent', async () => {
        const secret = 'a-long-secret'
        const withSecrets = { ...settings, ...Object.fromEntries(definition.sensitive.filter((name) => typeof settings[name] === 'string').map((name) => [name, secret])) }
        sink.answerNext({ status: 500, body: `${JSON.stringify(withSecrets)}${'y'.repeat(100_000)}` })
        const [outcome] = await definition.deliver([makeCarrier(1)], withSecrets, context)
        const body = (outcome as { detail: { responseBody: string } }).detail.responseBody
        expect(body).not.toContain(secret)
        expect(body.length).toBeGreaterThan(1_000)
        expect(body.length).toBeLessThanOrEqual(limits.responseBytesShown)
      })

      test('names itself', async () => {
        await definition.deliver([makeCarrier(1)], settings, context)
        expect(sink.received()[0]!.headers['user-agent']).toMatch(/^Sluice\/\d+\.\d+\.\d+$/)
      })
    }
  })
}

function refusalOf(call: () => unknown): SluiceError {
  try {
    call()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('was not refused')
}
