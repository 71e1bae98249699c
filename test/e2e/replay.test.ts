/** Replays in the real process: what a function of the source stopped goes through the function as it is now, never around it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiClient, balance, type ApiClient } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { writeKeyHeader } from '../support/load-client.ts'
import { startSluice, type RunningSluice } from '../support/start-sluice.ts'

const SCRUB = "function onTrack(event) { delete event.properties.email; event.properties.scrubbed = true; return event }"

let sluice: RunningSluice
let api: ApiClient
beforeAll(async () => {
  sluice = await startSluice({ env: { SLUICE_LOG_LEVEL: 'warn', SLUICE_RETRY_BASE_MS: '200' } })
  api = apiClient(sluice)
})
afterAll(() => sluice?.stop())

async function deploy(functionId: string, code: string): Promise<void> {
  expect(await api.request('PATCH', `/functions/${functionId}`, { code })).toMatchObject({ status: 200 })
  expect(await api.request('POST', `/functions/${functionId}/deploy`)).toMatchObject({ status: 200 })
}

async function replay(body: object): Promise<unknown> {
  return (await api.request('POST', '/deliveries/replay', body)).body
}

const caught = async (name: string): Promise<Record<string, unknown>[]> => (await api.catcher(1_000)).filter(({ event }) => event === name)

test('an event that the insert function of its source stopped is transformed before it is delivered, at the one destination that was asked for', async () => {
  const functionId = await api.createFunction({ name: 'scrub', kind: 'INSERT_SOURCE', code: "function onTrack() { throw new Error('broken') }" })
  const source = await api.createSource('scrubbed')
  await api.insertFunction({ functionId, integrationId: source.id })
  const [first, second] = [
    await api.createDestination({ sourceId: source.id, metadataId: 'catcher', name: 'first' }),
    await api.createDestination({ sourceId: source.id, metadataId: 'catcher', name: 'second' }),
  ]
  const batch = Array.from({ length: 5 }, (_, index) => ({ type: 'track', event: 'Secret', userId: 'u', messageId: `secret-${index}`, properties: { email: 'canary@example.com' } }))
  const answer = await fetch(`${sluice.url}/v1/batch`, { method: 'POST', headers: writeKeyHeader(source.writeKey), body: JSON.stringify({ batch }) })
  expect(answer.status).toBe(200)
  const discarded = async (): Promise<number> => balance(await api.ledger(source.id), first).discarded
  await eventually('all are discarded', async () => await discarded() === 5)

  expect(await replay({ destinationId: first, outcome: 'discarded' })).toEqual({ replayed: 5 })
  await eventually('they are stopped again', async () => await discarded() === 5)
  expect(await caught('Secret')).toEqual([])

  await deploy(functionId, "function onTrack() { throw new DropEvent('not wanted') }")
  expect(await replay({ destinationId: first, outcome: 'discarded', messageIds: ['secret-0'] })).toEqual({ replayed: 1 })
  await eventually('one is dropped', async () => balance(await api.ledger(source.id), first).filtered === 1)
  await deploy(functionId, "function onTrack() { throw new RetryError('not yet') }")
  expect(await replay({ destinationId: first, outcome: 'discarded', messageIds: ['secret-1'] })).toEqual({ replayed: 1 })
  await eventually('one is tried again', async () => (await api.deliveries({ destinationId: first, outcome: 'pending' })).some(({ messageId, attempts }) => messageId === 'secret-1' && attempts > 0))
  expect(await caught('Secret')).toEqual([])
  await deploy(functionId, SCRUB)
  for (const outcome of ['filtered', 'discarded']) await replay({ destinationId: first, outcome })
  await eventually('all are delivered', async () => balance(await api.ledger(source.id), first).delivered === 5)
  const events = await caught('Secret')
  expect(events.map(({ messageId }) => messageId).toSorted()).toEqual(batch.map(({ messageId }) => messageId))
  for (const { properties } of events) expect(properties).toEqual({ scrubbed: true })
  const ledger = await api.ledger(source.id)
  expect(balance(ledger, first)).toMatchObject({ accepted: 5, sum: 5, delivered: 5 })
  expect(balance(ledger, second)).toMatchObject({ accepted: 5, sum: 5, discarded: 5 })
})

test('a transformed event whose destination then fails is transformed once, however often it is tried and replayed', async () => {
  const failing = (mark: string): string => `function onTrack(event) { throw new Error('${mark} ' + event.properties.runs) }`
  const insertId = await api.createFunction({ name: 'count', kind: 'INSERT_SOURCE', code: "function onTrack() { throw new Error('broken') }" })
  const source = await api.createSource('counted')
  await api.insertFunction({ functionId: insertId, integrationId: source.id })
  const functionId = await api.createFunction({ name: 'failing', kind: 'DESTINATION', code: failing('first') })
  const destinationId = await api.createDestination({ sourceId: source.id, metadataId: `function:${functionId}`, name: 'failing' })
  const body = JSON.stringify({ type: 'track', event: 'Counted', userId: 'u', messageId: 'counted', properties: { runs: 0 } })
  expect((await fetch(`${sluice.url}/v1/track`, { method: 'POST', headers: writeKeyHeader(source.writeKey), body })).status).toBe(200)
  const endsWith = (message: string): Promise<unknown> => eventually(`it ends with ${message}`, async () => (await api.deliveries({ destinationId, outcome: 'discarded' })).some((one) => one.message?.includes(message)))
  await endsWith('broken')
  await deploy(insertId, 'function onTrack(event) { event.properties.runs++; return event }')
  expect(await replay({ destinationId, outcome: 'discarded' })).toEqual({ replayed: 1 })
  await endsWith('first 1')
  await deploy(functionId, failing('second'))
  expect(await replay({ destinationId, outcome: 'discarded' })).toEqual({ replayed: 1 })
  await endsWith('second 1')
})

test('a webhook that its source function refused is run again when it is replayed, and makes each of its events once', async () => {
  const code = (more: string): string => `async function onRequest(request) {
    const { order } = request.json()
    Segment.track({ userId: 'u', event: 'Hooked', properties: { order } })
    Segment.track({ userId: 'u', event: 'Hooked', properties: { order } })
    ${more}
  }`
  const functionId = await api.createFunction({ name: 'hook', kind: 'SOURCE', code: code("throw new Error('broken')") })
  const made = await api.request('POST', '/sources', { slug: 'hooked', name: 'hooked', metadataId: `function:${functionId}`, settings: {} })
  const { source } = (made.body as { data: { source: { id: string, webhookUrl: string } } }).data
  const destinationId = await api.createDestination({ sourceId: source.id, metadataId: 'catcher', name: 'hooked' })
  for (const order of [1, 2]) expect((await fetch(source.webhookUrl, { method: 'POST', body: JSON.stringify({ order }) })).ok).toBe(true)
  const ended = (): ReturnType<ApiClient['deliveries']> => api.deliveries({ destinationId: `source:${source.id}`, outcome: 'discarded' })
  await eventually('both are refused', async () => (await ended()).length === 2)
  await deploy(functionId, code("Segment.track({ userId: 'u', event: 'Huge', properties: { text: 'x'.repeat(200_000) } })"))
  const [one] = await ended()
  expect(await replay({ sourceId: source.id, outcome: 'discarded', messageIds: [one!.messageId] })).toEqual({ replayed: 1 })
  await eventually('the first is there', async () => balance(await api.ledger(source.id), destinationId).delivered === 2)
  expect(await replay({ sourceId: source.id, outcome: 'discarded' })).toEqual({ replayed: 1 })
  await eventually('both are there', async () => balance(await api.ledger(source.id), destinationId).delivered === 4)
  // What the function made too large stays refused: only its webhook could make it again.
  await eventually('the others are refused', async () => (await ended()).length === 2)
  expect(await replay({ sourceId: source.id, outcome: 'discarded' })).toEqual({ replayed: 0 })
  expect(new Set((await caught('Hooked')).map(({ messageId }) => messageId)).size).toBe(4)
  expect(await caught('Hooked')).toHaveLength(4)
  expect(balance(await api.ledger(source.id), destinationId)).toMatchObject({ accepted: 4, delivered: 4, pending: 0 })
})
