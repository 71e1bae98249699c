/**
 * Track calls of about 1.2 KB as a web shop's pages send them, from a seed. One in ten has no userId; about a third carry
 * personal data in free text, so that a scrubbing function finds something in some events and nothing in others.
 */
import { seededRandom } from './seeded-random.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface SentEvent {
  type: 'track'
  event: string
  messageId: string
  anonymousId: string
  userId?: string
  timestamp: string
  properties: Record<string, unknown>
  context: Record<string, unknown>
  integrations: Record<string, unknown>
  [extra: string]: unknown
}

const CALLS = ['Product Viewed', 'Product Added', 'Product Removed', 'Cart Viewed', 'Checkout Step Completed', 'Order Completed']
const SHELVES = ['lamps', 'chairs', 'carpets', 'shelves', 'mirrors', 'clocks', 'candles', 'frames']
const GIVEN = ['Amara', 'Bela', 'Chidi', 'Dilek', 'Eero', 'Freya', 'Goran', 'Hana', 'Iker', 'Jonna']
const FAMILY = ['Abara', 'Bergstrom', 'Carvalho', 'Demir', 'Eklund', 'Ferrari', 'Goncalves', 'Hoang']
const PLACES = [
  ['Graz', 'AT'], ['Ghent', 'BE'], ['Natal', 'BR'], ['Halifax', 'CA'], ['Bremen', 'DE'], ['Aarhus', 'DK'],
  ['Sevilla', 'ES'], ['Nantes', 'FR'], ['Cork', 'IE'], ['Sapporo', 'JP'], ['Bergen', 'NO'], ['Tucson', 'US'],
] as const
const REMARKS = [
  'the doorbell is broken, so please knock twice and wait a moment',
  'ring me at +44 20 7946 0958 when the van is around the corner',
  'send the receipt to accounts.payable@example.net and not to me',
  'charged twice on 5500 0000 0000 0004, one of them must go back',
  'the page showed an error from 192.0.2.146 when I tried to pay',
  'the second box was missing two screws, everything else was fine',
  'a present: please leave the price out of the parcel, many thanks',
]
const BROWSERS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPad; CPU OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0',
]
const FIRST_MOMENT = Date.UTC(2026, 9, 1)

export interface EventMaker {
  /** The next event; its messageId never repeats within one maker, nor between makers of different seeds. */
  next(): SentEvent
  /** The next `count` events as the body of POST /v1/batch. */
  batchBody(count: number): { body: string, messageIds: string[] }
}

export function makeEvents(seed: number): EventMaker {
  const random = seededRandom(seed)
  let made = 0
  const next = (): SentEvent => makeEvent(random, made++)
  return {
    next,
    batchBody: (count) => {
      const batch = Array.from({ length: count }, next)
      return { body: JSON.stringify({ batch }), messageIds: batch.map((event) => event.messageId) }
    },
  }
}

function makeEvent(random: SeededRandom, index: number): SentEvent {
  const moment = new Date(FIRST_MOMENT + index * 811).toISOString()
  const item = `ITEM-${random.between(10_000, 99_999)}`
  return {
    type: 'track',
    event: random.pick(CALLS),
    messageId: `test-${index}-${random.hex(24)}`,
    anonymousId: `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-b${random.hex(3)}-${random.hex(12)}`,
    ...(random.next() < 0.1 ? {} : { userId: `user_${random.hex(12)}` }),
    timestamp: moment,
    properties: makeProperties(random, item),
    context: makeContext(random, item),
    integrations: { All: true },
  }
}

function makeProperties(random: SeededRandom, item: string): Record<string, unknown> {
  const [, country] = random.pick(PLACES)
  return {
    order_id: `order_${random.hex(10)}`,
    total: random.between(100, 50_000) / 100,
    currency: random.pick(['EUR', 'GBP', 'JPY', 'USD']),
    category: random.pick(SHELVES),
    country,
    coupon: random.pick(['', 'SPRING20', 'SHIPSFREE']),
    remark: random.pick(REMARKS),
    products: [{
      product_id: item,
      name: `${random.pick(SHELVES)} number ${random.between(1, 400)}`,
      price: random.between(100, 9_000) / 100,
      quantity: random.between(1, 5),
    }],
  }
}

function makeContext(random: SeededRandom, item: string): Record<string, unknown> {
  const given = random.pick(GIVEN)
  const family = random.pick(FAMILY)
  const [city] = random.pick(PLACES)
  return {
    ip: `203.0.113.${random.between(1, 255)}`,
    locale: random.pick(['de-AT', 'en-GB', 'fr-FR', 'ja-JP', 'nb-NO']),
    timezone: random.pick(['Europe/Vienna', 'Europe/London', 'Asia/Tokyo']),
    userAgent: random.pick(BROWSERS),
    library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
    page: {
      path: `/shop/${item.toLowerCase()}`,
      referrer: 'https://www.example.com/shop/new-this-week',
      title: 'New this week in the shop',
      url: `https://www.example.com/shop/${item.toLowerCase()}?from=new`,
      search: '?from=new',
    },
    campaign: { source: 'letter', medium: 'email', name: 'new-this-week' },
    traits: {
      firstName: given, lastName: family, city,
      email: `${given}.${family}${random.between(1, 99)}@example.com`.toLowerCase(),
    },
  }
}
