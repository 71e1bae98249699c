/** Sources that answer synchronously: the caller of a webhook gets what its function returned, once the events are kept. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiClient } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { startSluice } from '../support/start-sluice.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { RunningSluice } from '../support/start-sluice.ts'

const CODE = `
async function onRequest(request, settings) {
  const body = request.json()
  if (body.type === 'challenge') return new Response(body.challenge, { headers: { 'Content-Type': 'text/plain', 'X-Kind': 'challenge', 'Content-Length': '7', Connection: 'close' } })
  if (request.headers.get('X-Signature') !== 'right') return Response.json({ error: 'signature' }, { status: 401 })
  Segment.track({ userId: 'u', event: 'Webhook', properties: { type: body.type } })
  Segment.track({ userId: 'u', properties: {}, event: 'x'.repeat(body.type === 'large' ? 40000 : 1) })
  if (body.type === 'bytes') return new Response(new Uint8Array([0, 255, 10]), { status: 201 })
  if (body.type === 'throw') throw new Error('the database password is 1234')
  if (body.type === 'later') throw new RetryError('not now')
  if (body.type === 'status') return new Response('', { status: 1000 })
  return { ignored: true }
}
`

let sluice: RunningSluice
let api: ApiClient
let urls: Record<'waiting' | 'plain', string>
beforeAll(async () => {
  sluice = await startSluice()
  api = apiClient(sluice)
  const functionId = await api.createFunction({ name: 'answers', kind: 'SOURCE', code: CODE })
  const add = async (slug: string, settings: object): Promise<string> => {
    const { status, body } = await api.request('POST', '/sources', { slug, name: slug, metadataId: `function:${functionId}`, settings })
    expect(status).toBe(200)
    const { source } = (body as { data: { source: { id: string, webhookUrl: string } } }).data
    await api.createDestination({ sourceId: source.id, metadataId: 'catcher', name: slug })
    return source.webhookUrl
  }
  urls = { waiting: await add('waiting', { answerSynchronously: true }), plain: await add('plain', {}) }
})
afterAll(() => sluice.stop())

const post = (url: string, body: object, headers: Record<string, string> = {}): Promise<Response> => fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
const RIGHT = { 'X-Signature': 'right' }
const caughtTypes = async (): Promise<unknown[]> => (await api.catcher(100)).filter(({ event }) => event === 'Webhook').map((event) => (event['properties'] as { type: unknown }).type)

test('the Response goes back: its status, its headers but for the connection\'s, its body', async () => {
  const challenge = await post(urls.waiting, { type: 'challenge', challenge: '3eZbrw' })
  expect([challenge.status, await challenge.text(), challenge.headers.get('content-type'), challenge.headers.get('x-kind')]).toEqual([200, '3eZbrw', 'text/plain', 'challenge'])
  const refused = await post(urls.waiting, { type: 'order' })
  expect([refused.status, await refused.json()]).toEqual([401, { error: 'signature' }])
  const bytes = await post(urls.waiting, { type: 'bytes' }, RIGHT)
  expect([bytes.status, [...new Uint8Array(await bytes.arrayBuffer())]]).toEqual([201, [0, 255, 10]])
  // What strangers' code answers is never a page of ours.
  expect([bytes.headers.get('x-content-type-options'), bytes.headers.get('content-security-policy')]).toEqual(['nosniff', 'sandbox'])
})

test('events are kept before the answer; without a Response it is a plain success', async () => {
  const answer = await post(urls.waiting, { type: 'kept' }, RIGHT)
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }])
  await eventually('the event is delivered', async () => (await caughtTypes()).includes('kept'))
})

test('what a function throws is answered with its code alone, and nothing of that call is kept', async () => {
  const thrown = await post(urls.waiting, { type: 'throw' }, RIGHT)
  expect(thrown.status).toBe(400)
  expect(await thrown.json()).toEqual({ code: 'bad_request', message: 'The function threw an error.' })
  const later = await post(urls.waiting, { type: 'later' }, RIGHT)
  expect([later.status, later.headers.get('retry-after'), await later.json()]).toMatchObject([503, expect.any(String), { code: 'retry' }])
  const invalid = await post(urls.waiting, { type: 'status' }, RIGHT)
  expect([invalid.status, await invalid.json()]).toMatchObject([400, { code: 'function_output_invalid' }])
  await post(urls.waiting, { type: 'large' }, RIGHT)
  await eventually('the last one is delivered', async () => (await caughtTypes()).includes('large'))
  for (const type of ['throw', 'later', 'status']) expect(await caughtTypes()).not.toContain(type)
})

test('other sources of the same function acknowledge and run it later', async () => {
  const answer = await post(urls.plain, { type: 'deferred' }, RIGHT)
  expect([answer.status, await answer.json()]).toEqual([202, { success: true }])
  await eventually('the event is delivered', async () => (await caughtTypes()).includes('deferred'))
})

test('other methods are refused', async () => {
  expect((await fetch(urls.waiting)).status).toBe(405)
  expect((await api.request('PATCH', '/sources/nothing', { settings: { answerSynchronously: 'yes' } })).status).toBe(404)
})
