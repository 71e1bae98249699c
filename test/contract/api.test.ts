import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCaughtEvents } from '#src/db/caught-events.ts'
import { EventCarrier } from '#src/model/event.ts'
import type { ListRequest, ReviveRequest } from '#src/queue/queue.ts'
import { openTestApi, TOKEN, type OpenedApi } from '../support/open-api.ts'

const PASS = 'function onTrack(event) { return event }'
const CANARY = 'canary-1a2b3c4d5e6f'

async function makeSource(api: OpenedApi, given: object = {}) {
  const { body } = await api.call('POST', '/api/sources', { slug: 'web', name: 'Web', enabled: true, metadataId: 'http', ...given })
  return body.data['source'] as { id: string, writeKeys: string[], webhookUrl?: string }
}

async function makeFunction(api: OpenedApi, given: object = {}): Promise<string> {
  const { body } = await api.call('POST', '/api/functions', { code: PASS, displayName: 'Pass', resourceType: 'INSERT_SOURCE', ...given })
  const { id } = body.data['function'] as { id: string }
  await api.call('POST', `/api/functions/${id}/deploy`)
  return id
}

test('nothing is answered without the token, whether or not it exists', async () => {
  await using api = await openTestApi()
  for (const url of ['/api/', '/api/sources', '/api/nothing']) {
    for (const authorization of [undefined, `Bearer ${TOKEN}x`, 'Bearer', `Basic ${TOKEN}`]) {
      const response = await api.app.inject({ url, headers: authorization === undefined ? {} : { authorization } })
      expect(response.statusCode).toBe(401)
      expect(response.json()).toMatchObject({ errors: [{ type: 'unauthorized', message: expect.any(String) }] })
    }
  }
})

test('the workspace', async () => {
  await using api = await openTestApi()
  for (const path of ['/api', '/api/']) expect((await api.call('GET', path)).body).toEqual({ data: { workspace: { id: expect.stringMatching(/^ws_/), slug: 'demo', name: 'Demo' } } })
})

test('sources are made, read, changed, listed and removed', async () => {
  await using api = await openTestApi()
  const source = await makeSource(api)
  expect(source).toEqual({
    id: expect.stringMatching(/^src_/), slug: 'web', name: 'Web', enabled: true, metadataId: 'http', metadata: { id: 'http', slug: 'http', name: 'HTTP API' },
    workspaceId: api.control.workspace().id, writeKeys: [expect.stringMatching(/^\w{32}$/)], settings: {}, encryptedSettings: {}, labels: [],
    createdAt: expect.any(String), updatedAt: expect.any(String),
  })
  expect((await api.call('PATCH', `/api/sources/${source.id}`, { name: 'Site', enabled: false })).body.data['source']).toMatchObject({ name: 'Site', enabled: false, slug: 'web' })
  expect((await api.call('GET', `/api/sources/${source.id}`)).body.data['source']).toMatchObject({ name: 'Site' })
  expect((await api.call('GET', '/api/sources')).body).toMatchObject({ data: { sources: [{ id: source.id }], pagination: { current: '' } } })
  expect(await api.call('DELETE', `/api/sources/${source.id}`)).toMatchObject({ status: 200, body: { data: { status: 'SUCCESS' } } })
  expect(await api.call('GET', `/api/sources/${source.id}`)).toMatchObject({ status: 404, body: { errors: [{ type: 'not_found' }] } })
})

test('write keys are added and removed, and work at once', async () => {
  await using api = await openTestApi()
  const { id, writeKeys: [first] } = await makeSource(api)
  const added = (await api.call('POST', `/api/sources/${id}/writekey`)).body.data['source'] as { writeKeys: string[] }
  expect(added.writeKeys).toEqual([first, expect.any(String)])
  expect(await api.call('DELETE', `/api/sources/${id}/writekey/${first}`)).toMatchObject({ status: 200 })
  expect([...api.control.snapshot().sourceIdByWriteKey.keys()]).toEqual([added.writeKeys[1]])
  expect(await api.call('DELETE', `/api/sources/${id}/writekey/${first}`)).toMatchObject({ status: 404 })
})

test('a function source has a webhook address', async () => {
  await using api = await openTestApi()
  const functionId = await makeFunction(api, { resourceType: 'SOURCE', code: 'async function onRequest() {}' })
  const source = await makeSource(api, { metadataId: `function:${functionId}` })
  expect(source.webhookUrl).toBe(`http://sluice.test/fn/${source.id}/${api.control.snapshot().sources.get(source.id)!.source.webhookToken}`)
})

test('lists continue where a page ended, with the cursor in either form', async () => {
  await using api = await openTestApi()
  for (const slug of ['a', 'b', 'c']) await makeSource(api, { slug })
  const slugs = (answer: { body: OpenedApi['call'] extends never ? never : { data: { [name: string]: unknown } } }) => (answer.body.data['sources'] as { slug: string }[]).map((source) => source.slug)
  const first = await api.call('GET', '/api/sources?pagination.count=2')
  expect(slugs(first)).toEqual(['a', 'b'])
  const { next } = first.body.data['pagination'] as { next: string }
  for (const name of ['pagination.cursor', 'pagination[cursor]']) {
    const second = await api.call('GET', `/api/sources?${encodeURIComponent(name)}=${next}`)
    expect(slugs(second)).toEqual(['c'])
    expect(second.body.data['pagination']).toEqual({ current: next })
  }
  expect(await api.call('GET', '/api/sources?pagination.cursor=no')).toMatchObject({ status: 400, body: { errors: [{ field: 'pagination.cursor' }] } })
  expect(await api.call('GET', '/api/sources?pagination.count=0')).toMatchObject({ status: 400, body: { errors: [{ field: 'pagination.count' }] } })
  expect(await api.call('GET', '/api/sources?page=2')).toMatchObject({ status: 400, body: { errors: [{ field: 'page' }] } })
})

test('destinations are made, read, changed, listed and removed, and never show a secret', async () => {
  await using api = await openTestApi()
  const source = await makeSource(api)
  const created = await api.call('POST', '/api/destinations', { sourceId: source.id, metadataId: 'mailbox', name: 'Mine', enabled: true, settings: { address: 'a', password: CANARY } })
  const { id } = created.body.data['destination'] as { id: string }
  expect(created.body.data['destination']).toMatchObject({ name: 'Mine', sourceId: source.id, metadataId: 'mailbox', settings: { address: 'a' }, encryptedSettings: { password: true } })
  const answers = [created, await api.call('GET', `/api/destinations/${id}`), await api.call('PATCH', `/api/destinations/${id}`, { settings: { size: 2 } }), await api.call('GET', `/api/destinations?sourceId=${source.id}`)]
  for (const { status, text } of answers) expect([status, text.includes(CANARY), text.includes('sealed1.')]).toEqual([200, false, false])
  expect(answers[2]!.body.data['destination']).toMatchObject({ settings: { address: 'a', size: 2 } })
  expect(await api.call('DELETE', `/api/destinations/${id}`)).toMatchObject({ status: 200 })
  expect((await api.call('GET', '/api/destinations')).body).toMatchObject({ data: { destinations: [] } })
})

test('the catalog lists the built-in destinations with their settings, and deployed functions', async () => {
  await using api = await openTestApi()
  const functionId = await makeFunction(api, { resourceType: 'DESTINATION', displayName: 'My own' })
  const entries = (await api.call('GET', '/api/catalog/destinations')).body.data['destinationsCatalog'] as unknown as { id: string }[]
  expect(entries.map((entry) => entry.id)).toEqual(['mailbox', 'catcher', `function:${functionId}`])
  expect((await api.call('GET', '/api/catalog/destinations/mailbox')).body.data['destinationMetadata']).toMatchObject({
    name: 'Mailbox',
    options: [{ name: 'address', type: 'string', required: true }, { name: 'password', sensitive: true }, { name: 'size', defaultValue: 10, required: false }],
  })
  expect((await api.call('GET', '/api/catalog/sources')).body.data['sourcesCatalog']).toContainEqual(expect.objectContaining({ id: 'http' }))
  expect(await api.call('GET', '/api/catalog/destinations/nothing')).toMatchObject({ status: 404 })
})

test('functions are made, saved, deployed, restored, listed and removed', async () => {
  await using api = await openTestApi()
  const created = (await api.call('POST', '/api/functions', { code: PASS, displayName: 'Pass', resourceType: 'DESTINATION', settings: [{ name: 'key', type: 'STRING' }] })).body.data['function'] as { id: string }
  expect(created).toMatchObject({ code: PASS, deployedAt: null, isLatestVersion: false, settings: [{ name: 'key', label: 'key', required: false, sensitive: false }] })
  const path = `/api/functions/${created.id}`
  expect((await api.call('POST', `${path}/deploy`, {})).body).toMatchObject({ data: { functionDeployment: { status: 'SUCCESS', functionId: created.id } } })
  expect((await api.call('PATCH', path, { code: 'var two', batchMaxCount: 5 })).body.data['function']).toMatchObject({ code: 'var two', batchMaxCount: 5, isLatestVersion: false })
  const versions = (await api.call('GET', `${path}/versions`)).body.data['versions'] as unknown as { id: string }[]
  expect(versions).toMatchObject([{ number: 2, isLatest: true, isDeployed: false }, { number: 1, isLatest: false, isDeployed: true, code: PASS }])
  expect((await api.call('GET', `${path}/versions/${versions[1]!.id}`)).body.data['version']).toMatchObject({ number: 1 })
  expect((await api.call('POST', `${path}/versions`, { versionId: versions[1]!.id })).body.data['version']).toMatchObject({ number: 3, code: PASS, isLatest: true, isDeployed: false })
  expect((await api.call('GET', '/api/functions?resourceType=DESTINATION')).body).toMatchObject({ data: { functions: [{ id: created.id }] } })
  expect((await api.call('GET', '/api/functions?resourceType=SOURCE')).body).toMatchObject({ data: { functions: [] } })
  expect(await api.call('DELETE', path)).toMatchObject({ status: 200 })
  expect(await api.call('GET', path)).toMatchObject({ status: 404 })
})

test('insert function instances are made, read, changed, listed and removed', async () => {
  await using api = await openTestApi()
  const source = await makeSource(api)
  const functionId = await makeFunction(api, { settings: [{ name: 'key', type: 'STRING', sensitive: true }] })
  const created = await api.call('POST', '/api/insert-function-instances', { functionId, integrationId: source.id, name: 'Mine', enabled: true, settings: { key: CANARY } })
  const { id } = created.body.data['insertFunctionInstance'] as { id: string }
  expect(created.body.data['insertFunctionInstance']).toMatchObject({ classId: functionId, settings: {}, encryptedSettings: { key: true } })
  expect(created.text).not.toContain(CANARY)
  expect((await api.call('PATCH', `/api/insert-function-instances/${id}`, { enabled: false })).body.data['insertFunctionInstance']).toMatchObject({ enabled: false })
  expect(api.control.snapshot().sources.get(source.id)?.insert).toBeUndefined()
  expect((await api.call('GET', `/api/insert-function-instances?functionId=${functionId}`)).body).toMatchObject({ data: { insertFunctionInstances: [{ id }] } })
  expect(await api.call('GET', `/api/insert-function-instances/${id}`)).toMatchObject({ status: 200 })
  expect(await api.call('DELETE', `/api/insert-function-instances/${id}`)).toMatchObject({ status: 200 })
})

const shared = {} as { api: OpenedApi, id: string }
beforeAll(async () => {
  shared.api = await openTestApi()
  shared.id = (await makeSource(shared.api)).id
})
afterAll(() => shared.api[Symbol.asyncDispose]())

test.each<[method: string, path: string, body: unknown, type: string, field: string]>([
  ['POST', '/api/sources', { slug: 'b', metadataId: 'http', colour: 'red' }, 'invalid_request', 'colour'],
  ['POST', '/api/sources', { metadataId: 'http' }, 'invalid_request', 'slug'],
  ['POST', '/api/sources', { slug: 'a b', metadataId: 'http' }, 'invalid_request', 'slug'],
  ['POST', '/api/sources', { slug: 'b', metadataId: 'http', enabled: 'yes' }, 'invalid_request', 'enabled'],
  ['POST', '/api/sources', { slug: 'b', metadataId: 'nothing' }, 'invalid_request', 'metadataId'],
  ['POST', '/api/sources', { slug: 'b', metadataId: 'http', settings: { a: 1 } }, 'invalid_settings', 'settings.a'],
  ['POST', '/api/sources', { slug: 'web', metadataId: 'http' }, 'conflict', 'slug'],
  ['POST', '/api/sources', undefined, 'invalid_request', 'body'],
  ['POST', '/api/sources', [], 'invalid_request', 'body'],
  ['POST', '/api/destinations', { sourceId: 'src_none', metadataId: 'mailbox' }, 'invalid_request', 'sourceId'],
  ['POST', '/api/destinations', { sourceId: '@source', metadataId: 'mailbo' }, 'invalid_request', 'metadataId'],
  ['POST', '/api/destinations', { sourceId: '@source', metadataId: 'function:fn_none' }, 'invalid_request', 'metadataId'],
  ['POST', '/api/destinations', { sourceId: '@source', metadataId: 'mailbox', settings: {} }, 'invalid_settings', 'settings.address'],
  ['POST', '/api/destinations', { sourceId: '@source', metadataId: 'mailbox', settings: { address: 'a', colour: 1 } }, 'invalid_settings', 'settings.colour'],
  ['POST', '/api/destinations', { sourceId: '@source', metadataId: 'mailbox', settings: 'a' }, 'invalid_request', 'settings'],
  ['POST', '/api/functions', { displayName: 'x', resourceType: 'DESTINATION' }, 'invalid_request', 'code'],
  ['POST', '/api/functions', { code: 'x', displayName: 'x', resourceType: 'OTHER' }, 'invalid_request', 'resourceType'],
  ['POST', '/api/functions', { code: 'x', displayName: 'x'.repeat(121), resourceType: 'SOURCE' }, 'invalid_request', 'displayName'],
  ['POST', '/api/functions', { code: 'x', displayName: 'x', resourceType: 'SOURCE', batchMaxCount: 0 }, 'invalid_request', 'batchMaxCount'],
  ['POST', '/api/functions', { code: 'x', displayName: 'x', resourceType: 'SOURCE', settings: [{ name: 'a b', type: 'STRING' }] }, 'invalid_request', 'settings.0.name'],
  ['POST', '/api/functions', { code: 'x', displayName: 'x', resourceType: 'SOURCE', settings: [{ name: 'a', type: 'STRING' }, { name: 'a', type: 'STRING' }] }, 'invalid_request', 'settings.1.name'],
  ['POST', '/api/functions', { code: 'x', displayName: 'x', resourceType: 'SOURCE', settings: [{ name: 'a', type: 'TEXT', colour: 1 }] }, 'invalid_request', 'settings.0.type'],
  ['POST', '/api/functions/preview', { code: 'x', resourceType: 'DESTINATION', payload: 1 }, 'invalid_request', 'payload'],
  ['POST', '/api/functions/preview', { code: 'x', resourceType: 'DESTINATION', payload: { event: 'a' } }, 'invalid_request', 'payload.type'],
  ['POST', '/api/functions/preview', { code: 'x', resourceType: 'SOURCE', payload: { bodi: 1 } }, 'invalid_request', 'payload.bodi'],
  ['POST', '/api/functions/preview', { code: 'x', resourceType: 'DESTINATION', payload: { type: 'track' }, responses: [{ match: 'x', status: 1 }] }, 'invalid_request', 'responses.0.status'],
  ['POST', '/api/insert-function-instances', { functionId: 'fn_none', integrationId: '@source' }, 'invalid_request', 'functionId'],
  ['GET', '/api/deliveries?outcome=lost', undefined, 'invalid_request', 'outcome'],
  ['GET', '/api/deliveries?from=yesterday', undefined, 'invalid_request', 'from'],
  ['POST', '/api/deliveries/replay', {}, 'invalid_request', 'destinationId'],
  ['POST', '/api/deliveries/replay', { destinationId: 'dst_none' }, 'invalid_request', 'destinationId'],
  ['POST', '/api/deliveries/replay', { destinationId: 'x', outcome: 'delivered' }, 'invalid_request', 'outcome'],
  ['POST', '/api/deliveries/replay', { sourceId: 'src_none' }, 'invalid_request', 'sourceId'],
  ['POST', '/api/deliveries/replay', { sourceId: '@source', destinationId: 'x' }, 'invalid_request', 'sourceId'],
  ['POST', '/api/deliveries/replay', { sourceId: '@source', from: 2, to: 1 }, 'invalid_request', 'from'],
  ['GET', '/api/deliveries?from=1970-01-01T00:00:01Z&to=999', undefined, 'invalid_request', 'from'],
  ['GET', '/api/catcher?limit=none', undefined, 'invalid_request', 'limit'],
  ['PATCH', '/api/sources/@source', { metadataId: 'node' }, 'invalid_request', 'metadataId'],
])('%s %s with %j is refused as %s at %s', async (method, path, body, type, field) => {
  const { api, id } = shared
  const answer = await api.call(method, path.replace('@source', id), body === undefined ? undefined : JSON.stringify(body).replace('@source', id))
  expect(answer.body.errors).toContainEqual({ type, field, message: expect.stringContaining(field === 'body' ? '' : field) })
  expect(answer.status).toBe(type === 'conflict' ? 409 : 400)
})

test('every wrong field of one body is named', async () => {
  await using api = await openTestApi()
  const { errors } = (await api.call('POST', '/api/sources', { slug: 1, one: 1, two: 2 })).body
  expect(errors.map((error) => error.field).toSorted()).toEqual(['metadataId', 'one', 'slug', 'two'])
})

test('code that does not compile names its line and column', async () => {
  await using api = await openTestApi()
  const answer = await api.call('POST', '/api/functions', { code: 'let a\nlet a = ;', displayName: 'x', resourceType: 'SOURCE' })
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ type: 'function_compile_failed', data: { file: 'function.ts', line: 2, column: expect.any(Number) } }] } })
})

test('what is not JSON, is too large, or is of another media type is said so', async () => {
  await using api = await openTestApi()
  expect(await api.call('POST', '/api/sources', '{"slug":\n tru}')).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_json', message: 'The body is not valid JSON: expected a value at line 2, column 2.', data: { line: 2, column: 2 } }] } })
  expect(await api.call('POST', '/api/sources', `"${'x'.repeat(5 * 1024 ** 2)}"`)).toMatchObject({ status: 400, body: { errors: [{ type: 'payload_too_large' }] } })
  const response = await api.app.inject({ method: 'POST', url: '/api/sources', headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/csv' }, payload: 'a,b' })
  expect(response.json()).toMatchObject({ errors: [{ field: 'Content-Type' }] })
  const segment = await api.app.inject({ method: 'POST', url: '/api/sources', headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/vnd.segment.v1+json' }, payload: '{"slug":"v1","metadataId":"http"}' })
  expect(segment.statusCode).toBe(200)
})

test('a body may be nested, but not without end', async () => {
  const { api } = shared
  const nested = (levels: number) => `{"slug":"deep","metadataId":"http","settings":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`
  expect(await api.call('POST', '/api/sources', nested(490))).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_settings', field: 'settings.a' }] } })
  expect(await api.call('POST', '/api/sources', nested(200_000))).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_request', message: expect.stringContaining('nested') }] } })
})

test('an unknown address is answered as JSON', async () => {
  await using api = await openTestApi()
  expect(await api.call('GET', '/api/sauces?x=1')).toMatchObject({ status: 404, body: { errors: [{ type: 'not_found', message: 'There is no GET /api/sauces.' }] } })
})

test('the catcher shows events as they were caught, newest first', async () => {
  await using api = await openTestApi()
  const events = ['1', '2', '3'].map((id) => new EventCarrier(`{"messageId":"${id}"}`, id))
  await addCaughtEvents(api.db, { destinationId: 'dst_1', events, at: 1 })
  expect((await api.call('GET', '/api/catcher?limit=2')).body).toEqual({ events: [{ messageId: '3' }, { messageId: '2' }] })
  expect((await api.call('GET', '/api/catcher?destinationId=dst_2')).body).toEqual({ events: [] })
})

test('deliveries are asked of the queue as they were asked for, and shown with their event', async () => {
  const asked: ListRequest[] = []
  await using api = await openTestApi({
    queue: {
      list: (request) => {
        asked.push(request)
        return Promise.resolve({ deliveries: [{ id: '1', sourceId: 's', destinationId: 'd', messageId: 'm', outcome: 'pending', attempts: 1, at: 0, dueAt: 1_000, event: '{"type":"track"}' }], next: 'more' })
      },
    },
  })
  const { body } = await api.call('GET', '/api/deliveries?sourceId=s&destinationId=d&messageId=m&outcome=buried&from=1970-01-01T00:00:01Z&to=2000&cursor=c&count=5')
  expect(asked).toEqual([{ sourceId: 's', destinationId: 'd', messageId: 'm', outcome: 'buried', from: 1_000, to: 2_000, cursor: 'c', count: 5 }])
  expect(body).toEqual({
    deliveries: [{ id: '1', sourceId: 's', destinationId: 'd', messageId: 'm', outcome: 'pending', attempts: 1, at: '1970-01-01T00:00:00.000Z', dueAt: '1970-01-01T00:00:01.000Z', event: { type: 'track' } }],
    next: 'more',
  })
})

test('a replay asks for buried events unless told otherwise, and of a source for its webhooks', async () => {
  const asked: ReviveRequest[] = []
  await using api = await openTestApi({
    queue: {
      revive: (request) => {
        asked.push(request)
        return Promise.resolve(7)
      },
    },
  })
  const { id: sourceId } = await makeSource(api)
  const destinationId = ((await api.call('POST', '/api/destinations', { sourceId, metadataId: 'catcher' })).body.data['destination'] as { id: string }).id
  expect((await api.call('POST', '/api/deliveries/replay', { destinationId, messageIds: ['m'], from: 5 })).body).toEqual({ replayed: 7 })
  expect(asked).toEqual([{ destinationId, outcome: 'buried', messageIds: ['m'], from: 5 }])
  expect((await api.call('POST', '/api/deliveries/replay', { sourceId, outcome: 'discarded' })).body).toEqual({ replayed: 7 })
  expect(asked[1]).toEqual({ destinationId: `source:${sourceId}`, outcome: 'discarded' })
})

test('the ledger lists connections that had no event yet with what the log still holds for them', async () => {
  await using api = await openTestApi({
    queue: { ledger: (sourceId) => Promise.resolve(sourceId === 'src_gone' || sourceId === 'src_none' ? [] : [{ sourceId: sourceId ?? 'src_gone', accepted: 5, settled: 3, connections: [{ destinationId: 'd', delivered: 3, filtered: 0, discarded: 0, buried: 0, pending: 2 }] }]) },
  })
  const { id: sourceId } = await makeSource(api)
  const destinationId = ((await api.call('POST', '/api/destinations', { sourceId, metadataId: 'catcher' })).body.data['destination'] as { id: string }).id
  const zeros = { delivered: 0, filtered: 0, discarded: 0, buried: 0 }
  expect((await api.call('GET', `/api/ledger?sourceId=${sourceId}`)).body).toEqual({
    sourceId, accepted: 5,
    connections: [{ destinationId: 'd', delivered: 3, filtered: 0, discarded: 0, buried: 0, pending: 2 }, { destinationId, ...zeros, pending: 2 }],
  })
  expect((await api.call('GET', '/api/ledger')).body).toMatchObject({ sources: [{ sourceId, accepted: 0, connections: [{ destinationId, ...zeros, pending: 0 }] }, { sourceId: 'src_gone', accepted: 5 }] })
  expect(await api.call('GET', '/api/ledger?sourceId=src_none')).toMatchObject({ status: 404 })
})

test('health needs no token and says what the process achieves', async () => {
  let serves = true
  await using api = await openTestApi({ ready: () => serves })
  expect((await api.app.inject('/healthz')).json()).toEqual({ status: 'ok' })
  expect((await api.app.inject('/readyz')).json()).toEqual({ status: 'ready', durability: 'nowhere', sandbox: 'test', isolateHosts: 0, queue: { entries: 0, bytes: 0, parked: {} } })
  serves = false
  expect((await api.app.inject('/readyz')).statusCode).toBe(503)
})

test('the API describes itself', async () => {
  await using api = await openTestApi()
  const { body } = await api.call('GET', '/api/openapi.json')
  expect(body).toMatchObject({ openapi: '3.1.0', components: { schemas: { Source: expect.any(Object), Destination: expect.any(Object) } } })
  expect(Object.keys(body['paths'] as object)).toEqual(expect.arrayContaining(['/api/sources', '/api/functions/{id}/invoke', '/api/deliveries/replay', '/api/ledger']))
})
