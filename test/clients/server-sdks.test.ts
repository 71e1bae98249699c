/** The SDKs for servers, unmodified, against a started Sluice: every call arrives as it was made, and what fails is sent again. */
import { jitsuAnalytics } from '@jitsu/js'
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { Analytics } from '@segment/analytics-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { startCaughtSluice } from './caught-sluice.ts'
import type { CaughtSluice } from './caught-sluice.ts'

let sluice: CaughtSluice
beforeAll(async () => {
  sluice = await startCaughtSluice()
})
afterAll(() => sluice.stop())

const TIMESTAMP = '2026-10-01T12:00:00.000Z'
const CALLS = {
  identify: { userId: 'ada', traits: { email: 'ada@example.com', plan: { seats: 3 } } },
  track: { userId: 'ada', event: 'Order Completed', properties: { revenue: 9.5, note: 'zażółć 日本 😀', buyer: { vip: true } } },
  page: { userId: 'ada', name: 'Pricing', category: 'Docs', properties: { path: '/pricing' } },
  screen: { userId: 'ada', name: 'Home', properties: { tab: 1 } },
  group: { userId: 'ada', groupId: 'acme', traits: { name: 'Acme', seats: 12 } },
  alias: { userId: 'ada', previousId: 'anonymous-1' },
} as const
type Name = keyof typeof CALLS
const NAMES = Object.keys(CALLS) as Name[]

interface Sdk {
  name: string
  /** As it names itself in `context.library`. */
  library: string
  open(to: { url: string, writeKey: string }): { call: (name: Name, more: object) => void, flush: () => Promise<unknown> }
}

const SDKS: Sdk[] = [
  {
    name: '@segment/analytics-node', library: '@segment/analytics-node',
    open({ url, writeKey }) {
      const analytics = new Analytics({ writeKey, host: url, path: '/v1/batch', flushAt: 3, flushInterval: 200 })
      return { call: (name, more) => analytics[name]({ ...CALLS[name], ...more } as never), flush: () => analytics.closeAndFlush({ timeout: 30_000 }) }
    },
  },
  {
    name: '@rudderstack/rudder-sdk-node', library: 'analytics-node',
    open({ url, writeKey }) {
      const rudder = new RudderAnalytics(writeKey, { dataPlaneUrl: url, flushAt: 3, flushInterval: 200, retryCount: 10 })
      return { call: (name, more) => void rudder[name]({ ...CALLS[name], ...more } as never), flush: () => rudder.flush() }
    },
  },
]

describe.each(SDKS)('$name', (sdk) => {
  test('every kind of call arrives with its fields', async () => {
    const { source } = sluice
    const { call, flush } = sdk.open({ url: sluice.url, writeKey: source.writeKey })
    const mark = sdk.name
    for (const name of NAMES) call(name, { timestamp: new Date(TIMESTAMP), context: { mark, locale: 'de-DE' }, integrations: { All: true, Nobody: false } })
    await flush()
    const events = await sluice.caught(mark, NAMES.length)
    for (const name of NAMES) {
      const event = events.find(({ type }) => type === name)
      expect(event).toMatchObject({
        ...CALLS[name], type: name, projectId: source.id, version: 2, originalTimestamp: TIMESTAMP,
        messageId: expect.stringMatching(/.{20,}/), receivedAt: expect.any(String), sentAt: expect.any(String),
        context: { mark, locale: 'de-DE', library: { name: sdk.library } },
        integrations: expect.objectContaining({ All: true, Nobody: false }),
      })
      // The client's clock and this one are the same, so its own time stays, but for the time on the way.
      expect(Math.abs(Date.parse(event?.['timestamp'] as string) - Date.parse(TIMESTAMP))).toBeLessThan(10_000)
    }
  })

  test('500, 429, broken connections and a restart lose nothing', async () => {
    await using proxy = await startFaultProxy(sluice)
    const { call, flush } = sdk.open({ url: proxy.url, writeKey: sluice.source.writeKey })
    const mark = `${sdk.name} in trouble`
    proxy.failNext({ status: 500 }, { status: 429, headers: { 'retry-after': '1' } }, 'reset', 'reset-after', { status: 503, headers: { 'retry-after': '1' } })
    const send = (from: number): void => {
      for (let index = from; index < from + 30; index++) call('track', { event: 'Numbered', properties: { index }, context: { mark } })
    }
    send(0)
    await eventually('the faults are met', () => proxy.left() === 0, { withinMs: 60_000 })
    await sluice.restart(async () => {
      const before = proxy.posts().length
      send(30)
      await eventually('somebody meets a server that is not there', () => proxy.posts().length > before)
    })
    send(60)
    await flush()
    const events = await sluice.caught(mark, 90)
    const indexes = events.map((event) => (event['properties'] as { index: number }).index).sort((one, other) => one - other)
    expect(indexes).toEqual(Array.from({ length: 90 }, (_, index) => index))
  })
})

test('@jitsu/js on a server: every kind of call arrives with its fields', async () => {
  const { source } = sluice
  const jitsu = jitsuAnalytics({ host: sluice.url, writeKey: `${source.writeKey}:secret`, s2s: true })
  const context = { mark: 'jitsu' }
  await jitsu.identify('ada', CALLS.identify.traits, { context })
  await jitsu.track('Order Completed', { ...CALLS.track.properties, context })
  await jitsu.page({ ...CALLS.page.properties, name: 'Pricing', context })
  await jitsu.group('acme', CALLS.group.traits, { context })
  const events = await sluice.caughtWhere((event) => JSON.stringify(event).includes('"jitsu"'), 4)
  expect(events.find(({ type }) => type === 'identify')).toMatchObject({ userId: 'ada', traits: CALLS.identify.traits, projectId: source.id })
  expect(events.find(({ type }) => type === 'track')).toMatchObject({ event: 'Order Completed', userId: 'ada', properties: CALLS.track.properties })
  expect(events.find(({ type }) => type === 'page')).toMatchObject({ properties: { path: '/pricing' } })
  expect(events.find(({ type }) => type === 'group')).toMatchObject({ groupId: 'acme', traits: CALLS.group.traits })
})
