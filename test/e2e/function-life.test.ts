/** The life of a function in the real process: it is deployed under load, rolled back, and shows why it failed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiClient, balance } from '../support/api-client.ts'
import type { ApiClient, Delivery } from '../support/api-client.ts'
import { countArrivals, startEventSink } from '../support/event-sink.ts'
import type { EventSink } from '../support/event-sink.ts'
import { eventually } from '../support/eventually.ts'
import { postRequest, runLoad, writeKeyHeader } from '../support/load-client.ts'
import { makeEvents } from '../support/make-event.ts'
import { settledLedger } from '../support/settled-ledger.ts'
import { startSluice } from '../support/start-sluice.ts'
import type { RunningSluice } from '../support/start-sluice.ts'

let sluice: RunningSluice
let sink: EventSink
let api: ApiClient

beforeAll(async () => {
  sink = await startEventSink()
  sluice = await startSluice({ env: { SLUICE_LOG_LEVEL: 'warn', SLUICE_RETRY_BASE_MS: '300000' } })
  api = apiClient(sluice)
})
afterAll(async () => {
  await sluice?.stop()
  await sink?.[Symbol.asyncDispose]()
})

async function send(writeKey: string, batch: unknown[]): Promise<void> {
  const answer = await fetch(`${sluice.url}/v1/batch`, { method: 'POST', headers: writeKeyHeader(writeKey), body: JSON.stringify({ batch }) })
  expect(answer.status).toBe(200)
}

async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await api.request(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return (answer.body as { data: Record<string, unknown> }).data
}

const versionCode = (mark: number): string => `
async function onTrack(event) {
  event.properties.version = ${mark}
  const response = await fetch('${sink.url}/versions', { method: 'POST', body: JSON.stringify(event) })
  if (!response.ok) throw new RetryError('the sink answered ' + response.status)
}`

test('deploys under load lose no event and send none twice, and a rollback runs within a second', { timeout: 120_000 }, async () => {
  const source = await api.createSource('versions')
  const functionId = await api.createFunction({ name: 'versioned', kind: 'DESTINATION', code: versionCode(0) })
  const destinationId = await api.createDestination({ sourceId: source.id, metadataId: `function:${functionId}`, name: 'versioned' })
  const maker = makeEvents(7)
  const over = new AbortController()
  const load = runLoad({
    url: sluice.url, connections: 2, pauseMs: 15, signal: over.signal,
    next: () => (over.signal.aborted ? undefined : postRequest({ url: sluice.url, path: '/v1/batch', headers: writeKeyHeader(source.writeKey), body: maker.batchBody(5).body })),
  })
  const arrivedOf = (mark: number): number => [...sink.arrived('/versions').values()].filter(({ event }) => (event as unknown as { properties: { version: number } }).properties.version === mark).length
  await eventually('the first version runs', () => arrivedOf(0) > 50)
  for (let mark = 1; mark <= 8; mark++) {
    await call('PATCH', `/functions/${functionId}`, { code: versionCode(mark) })
    await call('POST', `/functions/${functionId}/deploy`)
    await eventually(`version ${mark} runs`, () => arrivedOf(mark) > 20)
  }
  const { versions } = await call('GET', `/functions/${functionId}/versions`) as { versions: { id: string, number: number }[] }
  const before = arrivedOf(1)
  const askedAt = performance.now()
  await call('POST', `/functions/${functionId}/versions`, { versionId: versions.find(({ number }) => number === 2)!.id })
  await call('POST', `/functions/${functionId}/deploy`)
  expect(performance.now() - askedAt).toBeLessThan(1_000)
  await eventually('the old version runs again', () => arrivedOf(1) > before + 20)
  over.abort()
  await load
  const ledger = await settledLedger(api, source.id, { destinationIds: [destinationId], withinMs: 60_000 })
  expect(balance(ledger, destinationId)).toMatchObject({ delivered: ledger.accepted, discarded: 0, buried: 0, pending: 0 })
  expect(countArrivals(sink.arrived('/versions'))).toEqual({ unique: ledger.accepted, repeats: 0 })
})

interface Shown extends Delivery {
  event: Record<string, unknown>
  detail: { error: Record<string, unknown>, logs?: { message: string }[], requests?: Record<string, unknown>[] }
}

test('a failed invocation is shown with its event, log, requests and place, and without its secrets', async () => {
  const settings = [{ name: 'apiKey', type: 'STRING', sensitive: true }]
  const code = `
interface Order { properties: { fatal: boolean } }
async function onTrack(event: Order, settings: { apiKey: string }) {
  console.log('with', settings.apiKey, event.messageId)
  const response = await fetch('${sink.url}/failing?token=' + settings.apiKey, {
    method: 'POST', headers: { Authorization: 'Bearer ' + settings.apiKey }, body: JSON.stringify({ ...event, key: settings.apiKey }),
  })
  if (event.properties.fatal) throw new Error('refused with ' + response.status)
  throw new RetryError('try ' + settings.apiKey + ' later')
}`
  const made = await call('POST', '/functions', { displayName: 'failing', resourceType: 'DESTINATION', code, settings })
  const functionId = (made['function'] as { id: string }).id
  await call('POST', `/functions/${functionId}/deploy`)
  const source = await api.createSource('failing')
  await api.createDestination({ sourceId: source.id, metadataId: `function:${functionId}`, name: 'failing', settings: { apiKey: 'canary-0123456789' } })
  const event = (messageId: string, fatal: boolean): object => ({ type: 'track', event: 'Order', userId: 'u', messageId, properties: { fatal } })
  await send(source.writeKey, [event('failing-1', true), event('failing-2', false), event('failing-3', false)])

  for (const [messageId, outcome] of [['failing-1', 'discarded'], ['failing-2', 'pending'], ['failing-3', 'pending']] as const) {
    const shown = await eventually(`${messageId} is ${outcome}`, async () => {
      const [found] = await api.deliveries({ sourceId: source.id, messageId, outcome })
      return (found as Shown | undefined)?.detail && found as Shown
    })
    expect(shown.event).toMatchObject({ messageId, userId: 'u' })
    expect(shown.detail.logs!.map(({ message }) => message)).toEqual([`with [redacted] ${messageId}`])
    expect(shown.detail.requests).toEqual([{
      method: 'POST', url: `${sink.url}/failing?token=[redacted]`, headers: expect.objectContaining({ authorization: '[redacted]' }),
      body: expect.stringContaining('"key":"[redacted]"'), status: 200, responseBody: expect.any(String),
    }])
    expect(shown.detail.error).toMatchObject({ file: 'function.ts', line: outcome === 'pending' ? 9 : 8, stack: expect.stringContaining('at onTrack (function.ts:') })
    expect(JSON.stringify(shown)).not.toContain('canary')
  }
})

test.for([
  ['a syntax error', 'function onTrack(event) {\n  return event +\n}', 'function_compile_failed', 3],
  ['an endless loop at load', 'function onTrack() {}\nfor (;;) {}', 'function_load_failed', 2],
  ['an import', "import { readFileSync } from 'node:fs'\nfunction onTrack() { readFileSync('/') }", 'function_load_failed', 1],
  ['a handler of the wrong type', 'const onTrack = 5', 'function_handlers_invalid', 1],
] as const)('an upload with %s is refused at its place, and neither saved nor deployed', async ([, code, type, line]) => {
  const refused = await api.request('POST', '/functions', { displayName: 'bad', resourceType: 'DESTINATION', code })
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ type, message: expect.stringContaining(`function.ts:${line}:`), data: { file: 'function.ts', line, column: expect.any(Number) } }] } })
  const functionId = await api.createFunction({ name: 'good', kind: 'DESTINATION', code: 'function onTrack() {}' })
  expect(await api.request('PATCH', `/functions/${functionId}`, { code })).toMatchObject({ status: 400, body: { errors: [{ type }] } })
  const { versions } = await call('GET', `/functions/${functionId}/versions`) as { versions: unknown[] }
  expect(versions).toMatchObject([{ number: 1, labels: ['LATEST', 'DEPLOYED'] }])
})

test('an instance with a wait gets its events together, others get what is there, and sizes are the instance\'s own', async () => {
  const code = `
async function post(events) { await fetch('${sink.url}/batch', { method: 'POST', body: JSON.stringify({ count: events.length, ids: events.map((event) => event.messageId) }) }) }
async function onBatch(events) { await post(events) }
async function onTrack(event) { await post([event]) }`
  const functionId = await api.createFunction({ name: 'batcher', kind: 'DESTINATION', code })
  const source = await api.createSource('batcher')
  const made = await call('POST', '/destinations', { sourceId: source.id, metadataId: `function:${functionId}`, batchMaxCount: 6, batchMaxWaitMs: 60_000 })
  const destination = made['destination'] as { id: string, batchMaxCount: number, batchMaxWaitMs: number }
  expect(destination).toMatchObject({ batchMaxCount: 6, batchMaxWaitMs: 60_000 })
  for (let index = 0; index < 13; index++) await send(source.writeKey, [{ type: 'track', event: 'One', userId: 'u', messageId: `batched-${index}` }])
  await eventually('two full batches are delivered', async () => balance(await api.ledger(source.id), destination.id).delivered === 12)
  const [waiting] = await api.deliveries({ sourceId: source.id, outcome: 'pending' })
  expect(waiting).toMatchObject({ messageId: 'batched-12', code: 'batch_waiting', attempts: 0 })
  expect(balance(await api.ledger(source.id), destination.id)).toMatchObject({ accepted: 13, delivered: 12, pending: 1 })
  expect(await call('PATCH', `/destinations/${destination.id}`, { batchMaxWaitMs: null })).toMatchObject({ destination: { batchMaxCount: 6, batchMaxWaitMs: null } })
  const refused = await api.request('POST', '/destinations', { sourceId: source.id, metadataId: 'catcher', batchMaxWaitMs: 5 })
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_request', field: 'batchMaxWaitMs' }] } })
})

test('what a source received lately can be tried in a preview, which shows costs, requests and no secrets', async () => {
  const source = await api.createSource('sampled')
  await send(source.writeKey, [{ type: 'track', event: 'Sampled', userId: 'u', messageId: 'sample-1' }, { type: 'identify', userId: 'u', messageId: 'sample-2' }])
  const samples = await eventually('the events can be had', async () => {
    const found = (await call('GET', `/sources/${source.id}/samples`))['samples'] as { payload: { messageId: string, type: string } }[]
    return found.length === 2 && found
  })
  expect(samples.map(({ payload }) => payload.messageId).sort()).toEqual(['sample-1', 'sample-2'])
  const { payload } = samples.find((sample) => sample.payload.type === 'track')!
  const answer = await api.request('POST', '/functions/preview', {
    resourceType: 'DESTINATION', payload, settings: { apiKey: 'canary-987' },
    code: `async function onTrack(event, settings) {
      console.log('key', settings.apiKey)
      const response = await fetch('${sink.url}/preview', { method: 'POST', headers: { 'X-Api-Key': settings.apiKey }, body: settings.apiKey })
      let sum = 0
      for (let n = 0; n < 5e6; n++) sum += n
      return response.status
    }`,
  })
  expect(answer).toMatchObject({ status: 200, body: {
    success: true, output: 200, logs: [{ message: 'key [redacted]' }],
    requests: [{ method: 'POST', url: `${sink.url}/preview`, headers: expect.objectContaining({ 'x-api-key': '[redacted]' }), body: '[redacted]', status: 200 }],
  } })
  const { durationMs, cpuMs, heapBytes } = answer.body as { durationMs: number, cpuMs: number, heapBytes: number }
  expect(durationMs).toBeGreaterThan(0)
  expect(cpuMs).toBeGreaterThan(0)
  expect(heapBytes).toBeGreaterThan(100_000)
})

test('a crash costs what waits for its batch the wait, and nothing else', async () => {
  await using first = await startSluice({ env: { SLUICE_LOG_LEVEL: 'warn' } })
  const client = apiClient(first)
  const functionId = await client.createFunction({ name: 'crashing', kind: 'DESTINATION', code: `async function onBatch(events) {
    for (const event of events) await fetch('${sink.url}/after-crash', { method: 'POST', body: JSON.stringify(event) })
  }` })
  const source = await client.createSource('crashing')
  const made = await client.request('POST', '/destinations', { sourceId: source.id, metadataId: `function:${functionId}`, batchMaxCount: 100, batchMaxWaitMs: 3_000 })
  const { id } = (made.body as { data: { destination: { id: string } } }).data.destination
  const batch = Array.from({ length: 40 }, (_, index) => ({ type: 'track', event: 'Kept', userId: 'u', messageId: `kept-${index}` }))
  const answer = await fetch(`${first.url}/v1/batch`, { method: 'POST', headers: writeKeyHeader(source.writeKey), body: JSON.stringify({ batch }) })
  expect(answer.status).toBe(200)
  await eventually('they wait', async () => (await client.deliveries({ sourceId: source.id, outcome: 'pending' })).length === 40)
  await first.kill('SIGKILL')
  await using second = await startSluice({ dataDir: first.dataDir, port: first.port, env: { SLUICE_LOG_LEVEL: 'warn' } })
  const ledger = await settledLedger(apiClient(second), source.id, { destinationIds: [id], withinMs: 30_000 })
  expect(balance(ledger, id)).toMatchObject({ accepted: 40, delivered: 40 })
  expect(countArrivals(sink.arrived('/after-crash'))).toEqual({ unique: 40, repeats: 0 })
})

// Last: it stops the process of this file.
test('a stop delivers what waits for its batch', async () => {
  expect(await sluice.kill('SIGTERM')).toEqual({ status: 0, signal: null })
  await using again = await startSluice({ dataDir: sluice.dataDir, port: sluice.port, env: { SLUICE_LOG_LEVEL: 'warn' } })
  const sources = (await apiClient(again).request('GET', '/sources')).body as { data: { sources: { id: string, slug: string }[] } }
  const batcher = sources.data.sources.find(({ slug }) => slug === 'batcher')!
  expect(await apiClient(again).ledger(batcher.id)).toMatchObject({ accepted: 13, connections: [{ delivered: 13, pending: 0 }] })
})
