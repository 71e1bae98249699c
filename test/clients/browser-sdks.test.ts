/** The SDKs for browsers, unmodified, in a real one, on pages of another origin than Sluice. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import type { SourceOf } from '../support/api-client.ts'
import { startCaughtSluice } from './caught-sluice.ts'
import type { CaughtEvent, CaughtSluice } from './caught-sluice.ts'
import { openChromium } from './chromium.ts'
import { startPageServer } from './page-server.ts'
import type { PageServer } from './page-server.ts'

let sluice: CaughtSluice
let pages: PageServer
let browser: Browser
beforeAll(async () => {
  browser = await openChromium()
  pages = await startPageServer()
  sluice = await startCaughtSluice()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await pages?.[Symbol.asyncDispose]()
  await sluice?.stop()
})

interface Sdk {
  name: string
  path: string
  /** Run in the page: makes `window.calls`, functions by the kind of call. */
  prepare: (given: { host: string, key: string }) => Promise<void>
  library: string
  kinds: readonly string[]
}

type Calls = Record<string, (...given: unknown[]) => unknown>
interface PageGlobals {
  AnalyticsBrowser: { load(settings: object, options?: object): Calls }
  RudderAnalytics: new () => Calls & { load(key: string, url: string, options: object): void }
  analytics: Calls
  jitsu: Calls
  calls: Calls
}

const SEGMENT_KINDS = ['identify', 'track', 'page', 'screen', 'group', 'alias']
const SDKS: Sdk[] = [
  {
    name: '@segment/analytics-next from npm', path: '/segment', library: 'analytics.js', kinds: SEGMENT_KINDS,
    async prepare({ host, key }) {
      const page = globalThis as unknown as PageGlobals
      page.calls = page.AnalyticsBrowser.load({ writeKey: key, cdnURL: host })
    },
  },
  {
    name: '@segment/analytics-next from npm, in batches', path: '/segment', library: 'analytics.js', kinds: SEGMENT_KINDS,
    async prepare({ host, key }) {
      const page = globalThis as unknown as PageGlobals
      const integrations = { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 4, timeout: 300 } } } }
      page.calls = page.AnalyticsBrowser.load({ writeKey: key, cdnURL: host }, { integrations })
    },
  },
  {
    name: 'Segment\'s snippet', path: '/snippet', library: 'analytics.js', kinds: SEGMENT_KINDS,
    async prepare() {
      const page = globalThis as unknown as PageGlobals
      page.calls = new Proxy({} as Calls, { get: (_, kind: string) => (...given: unknown[]) => page.analytics[kind]!(...given) })
    },
  },
  {
    name: 'Segment\'s library in a bare script tag', path: '/bare-tag', library: 'analytics.js', kinds: SEGMENT_KINDS,
    async prepare() {
      const page = globalThis as unknown as PageGlobals
      while (typeof page.analytics?.['track'] !== 'function') await new Promise((resolve) => setTimeout(resolve, 20))
      page.calls = page.analytics
    },
  },
  {
    name: '@rudderstack/analytics-js from npm', path: '/rudder', library: 'RudderLabs JavaScript SDK', kinds: ['identify', 'track', 'page', 'group', 'alias'],
    async prepare({ host, key }) {
      const page = globalThis as unknown as PageGlobals
      const rudder = new page.RudderAnalytics()
      rudder.load(key, host, { configUrl: host })
      page.calls = rudder
    },
  },
  {
    name: 'Jitsu\'s snippet', path: '/jitsu', library: '@jitsu/js', kinds: ['identify', 'track', 'group'],
    async prepare() {
      const page = globalThis as unknown as PageGlobals
      while (typeof page.jitsu?.['track'] !== 'function') await new Promise((resolve) => setTimeout(resolve, 20))
      page.calls = page.jitsu
    },
  },
]

const CALLS: Record<string, unknown[]> = {
  identify: ['ada', { email: 'ada@example.com', plan: { seats: 3 } }],
  track: ['Order Completed', { revenue: 9.5, products: [{ sku: 'a' }], note: 'zażółć 日本 😀' }],
  page: ['Docs', 'Pricing', { section: 1 }],
  screen: ['Docs', 'Home', { tab: 1 }],
  group: ['acme', { name: 'Acme', seats: 12 }],
  alias: ['ada-2', 'ada'],
}
const EXPECTED: Record<string, object> = {
  identify: { userId: 'ada', traits: CALLS['identify']![1] },
  track: { userId: 'ada', event: 'Order Completed', properties: CALLS['track']![1] },
  page: { userId: 'ada', name: 'Pricing', properties: { section: 1 } },
  screen: { userId: 'ada', name: 'Home', properties: { tab: 1 } },
  group: { userId: 'ada', groupId: 'acme', traits: CALLS['group']![1] },
  // Which user analytics.js names is its own affair: the one it knows, where it knows one.
  alias: { previousId: 'ada' },
}

async function openPage(sdk: Sdk, { host, source }: { host: string, source: SourceOf }): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const given = { host, key: source.writeKey }
  await page.goto(`${pages.url}${sdk.path}?${new URLSearchParams(given)}`)
  await page.evaluate(sdk.prepare, given)
  return page
}

const ofSource = (source: SourceOf) => (event: CaughtEvent): boolean => event['projectId'] === source.id

describe.each(SDKS)('$name', (sdk) => {
  test('every kind of call arrives with its fields', async () => {
    const source = await sluice.addSource('javascript')
    const page = await openPage(sdk, { host: sluice.url, source })
    for (const kind of sdk.kinds) {
      await page.evaluate(([name, given]) => void (globalThis as unknown as PageGlobals).calls[name]!(...given), [kind, CALLS[kind]!] as const)
    }
    const isAsked = (event: CaughtEvent): boolean => ofSource(source)(event) && sdk.kinds.includes(event['type'] as string)
    const events = await sluice.caughtWhere(isAsked, sdk.kinds.length)
    const anonymousIds = new Set(events.filter(({ type }) => type !== 'alias').map(({ anonymousId }) => anonymousId))
    expect(anonymousIds.size).toBe(1)
    for (const kind of sdk.kinds) {
      expect(events.find(({ type }) => type === kind)).toMatchObject({
        ...EXPECTED[kind], type: kind, messageId: expect.stringMatching(/.{10,}/), sentAt: expect.any(String), version: 2,
        context: { ip: '127.0.0.1', bot: true, library: { name: sdk.library }, userAgent: expect.stringContaining('HeadlessChrome'), page: { path: sdk.path, title: 'Shop' } },
      })
    }
    await page.context().close()
  })
})

describe.each(SDKS.filter(({ path }) => path !== '/jitsu' && path !== '/bare-tag'))('$name', (sdk) => {
  test('500, 429, broken connections and a restart lose nothing', async () => {
    await using proxy = await startFaultProxy(sluice)
    const source = await sluice.addSource('javascript')
    const page = await openPage(sdk, { host: proxy.url, source })
    const send = (from: number): Promise<void> => page.evaluate((first) => {
      for (let index = first; index < first + 6; index++) (globalThis as unknown as PageGlobals).calls['track']!('Numbered', { index })
    }, from)
    proxy.failNext({ status: 500 }, { status: 429, headers: { 'retry-after': '1' } }, 'reset', 'reset-after', { status: 503, headers: { 'retry-after': '1' } })
    await send(0)
    await eventually('the faults are met', () => proxy.left() === 0, { withinMs: 60_000 })
    await sluice.restart(async () => {
      const before = proxy.posts().length
      await send(6)
      await eventually('somebody meets a server that is not there', () => proxy.posts().length > before)
    })
    await send(12)
    const events = await sluice.caughtWhere((event) => ofSource(source)(event) && event['type'] === 'track', 18)
    expect(events.map((event) => (event['properties'] as { index: number }).index).sort((one, other) => one - other)).toEqual(Array.from({ length: 18 }, (_, index) => index))
    await page.context().close()
  })
})
