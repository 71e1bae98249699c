import { Analytics } from '@segment/analytics-node'
import { expect, test } from 'vitest'
import { apiClient, balance } from '../support/api-client.ts'
import { countArrivals, faultyPlan, startEventSink } from '../support/event-sink.ts'
import { forwardFunction } from '../support/forward-function.ts'
import { testSeed } from '../support/seeded-random.ts'
import { settledLedger } from '../support/settled-ledger.ts'
import { startSluice } from '../support/start-sluice.ts'
import type { ApiClient } from '../support/api-client.ts'

const EVENTS = 10_000
const FAULT_SHARE = 0.15

const DROP_AND_RENAME = `
interface Order { properties: { index: number, total?: number, revenue?: number } }

export function onTrack(event: Order): Order {
  if (event.properties.index % 10 === 3) throw new DropEvent('every tenth one is not wanted')
  event.properties.revenue = event.properties.total
  delete event.properties.total
  return event
}
`

const isKept = (index: number): boolean => index % 10 !== 3

interface Way {
  name: string
  /** Makes the destination that sends to the url; gives its id. */
  connect(api: ApiClient, to: { sourceId: string, url: string }): Promise<string>
}

const WAYS: Way[] = [
  {
    name: 'a destination function',
    connect: async (api, { sourceId, url }) => {
      const functionId = await api.createFunction({ name: 'forward', kind: 'DESTINATION', code: forwardFunction(url) })
      return api.createDestination({ sourceId, metadataId: `function:${functionId}`, name: 'forward' })
    },
  },
  {
    name: 'the webhook destination',
    connect: (api, { sourceId, url }) => api.createDestination({ sourceId, metadataId: 'webhook', name: 'webhook', settings: { url } }),
  },
]

test.for(WAYS)('10,000 events of the unmodified Segment client reach a faulty sink once each through $name, and the ledger agrees to the event', { timeout: 300_000 }, async (way) => {
  const seed = testSeed()
  console.info(`seed ${seed}`)
  await using sink = await startEventSink({ plan: faultyPlan(seed, FAULT_SHARE) })
  await using sluice = await startSluice({ env: { SLUICE_RETRY_BASE_MS: '20', SLUICE_LOG_LEVEL: 'warn' } })
  const api = apiClient(sluice)
  const source = await api.createSource('shop')
  const insertId = await api.createFunction({ name: 'drop and rename', kind: 'INSERT_SOURCE', code: DROP_AND_RENAME })
  await api.insertFunction({ functionId: insertId, integrationId: source.id })
  const destinationId = await way.connect(api, { sourceId: source.id, url: `${sink.url}/in` })

  const refused = await sendWithSegmentsClient(sluice.url, source.writeKey)
  expect(refused).toEqual([])

  const ledger = await settledLedger(api, source.id, { destinationIds: [destinationId], withinMs: 200_000, accepted: EVENTS })

  const arrived = sink.arrived('/in')
  const kept = Array.from({ length: EVENTS }, (_, index) => index).filter(isKept)
  expect([...arrived.values()].map(({ event }) => (event['properties'] as { index: number }).index).sort((one, other) => one - other)).toEqual(kept)
  expect(countArrivals(arrived)).toEqual({ unique: kept.length, repeats: 0 })
  for (const { event } of arrived.values()) {
    const { index, ...rest } = event['properties'] as { index: number }
    expect(rest).toEqual({ revenue: index / 100 })
  }
  expect(balance(ledger, destinationId)).toMatchObject({ accepted: EVENTS, delivered: kept.length, filtered: EVENTS - kept.length, discarded: 0, buried: 0, pending: 0 })
  for (const fault of [500, 429, 0]) expect(sink.answered(fault)).toBeGreaterThan(0)
  expect(sluice.stderr()).not.toMatch(/"level":"error"/)
})

/** Gives what the client says it could not send. */
async function sendWithSegmentsClient(host: string, writeKey: string): Promise<string[]> {
  const refused: string[] = []
  const analytics = new Analytics({ writeKey, host, path: '/v1/batch', flushAt: 50, flushInterval: 500 })
  analytics.on('error', (error) => refused.push(String(error.reason ?? error.code)))
  for (let index = 0; index < EVENTS; index++) {
    analytics.track({ userId: `user-${index % 97}`, event: 'Order Completed', properties: { index, total: index / 100 } }, (error) => {
      if (error !== undefined && error !== null) refused.push(String(error))
    })
    // The client sends each full batch at once; without a pause it would open two hundred connections.
    if (index % 500 === 499) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await analytics.closeAndFlush({ timeout: 60_000 })
  return refused
}
