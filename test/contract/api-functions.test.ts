import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunTrace } from '#src/isolate/runtime.ts'
import { openTestApi, type OpenedApi } from '../support/open-api.ts'

const TRACE: RunTrace = { logs: [{ level: 'log', message: 'hello', at: 1 }], logsTruncated: false, requests: [], durationMs: 2, cpuMs: 1, heapBytes: 1_000 }

async function makeFunction(api: OpenedApi, given: object = {}, deploy = true): Promise<string> {
  const { body } = await api.call('POST', '/api/functions', { code: 'function onTrack(event) { return event }', displayName: 'Pass', resourceType: 'INSERT_SOURCE', ...given })
  const { id } = body.data['function'] as { id: string }
  if (deploy) await api.call('POST', `/api/functions/${id}/deploy`)
  return id
}

test('invoke hands the texts of the events over as they came and answers in order', async () => {
  await using api = await openTestApi()
  const id = await makeFunction(api)
  api.runWith(({ payloads }) => payloads.map((text, index) => index === 1
    ? { outcome: 'discarded', code: 'bad_request', error: { name: 'TypeError', message: 'no', file: 'function.ts', line: 2, column: 3, stack: 'not shown' } }
    : index === 2 ? { outcome: 'dropped', code: 'dropped_by_function' } : { outcome: 'ok', text }))
  const events = ['{ "type": "track",  "n": 1.0, "text": "a \\" ] } \\\\" }', '{"type":"page"}', '{}', '{"nested":[[{"a":"{["}]]}']
  const answer = await api.call('POST', `/api/functions/${id}/invoke`, ` { "events" : [ ${events.join(' , ')} ] , "settings": {} } `)
  expect(api.invocations).toEqual([{ instance: expect.objectContaining({ functionId: id, name: 'Pass' }), call: 'events', payloads: events }])
  expect(answer.body).toEqual({
    results: [
      { outcome: 'ok', event: JSON.parse(events[0]!) },
      { outcome: 'discarded', code: 'bad_request', error: { name: 'TypeError', message: 'no', file: 'function.ts', line: 2, column: 3 } },
      { outcome: 'dropped', code: 'dropped_by_function' },
      { outcome: 'ok', event: { nested: [[{ a: '{[' }]] } },
    ],
  })
})

test('invoke runs the deployed version, at once after it was deployed', async () => {
  await using api = await openTestApi()
  const id = await makeFunction(api)
  const invoke = async () => {
    await api.call('POST', `/api/functions/${id}/invoke`, { events: [{}] })
    return api.invocations.at(-1)!.instance
  }
  const first = await invoke()
  expect(await invoke()).toBe(first)
  await api.call('PATCH', `/api/functions/${id}`, { code: 'var second' })
  expect((await invoke()).key).toBe(first.key)
  await api.call('POST', `/api/functions/${id}/deploy`)
  expect((await invoke()).code.script).toContain('second')
})

test('invoke checks the settings and gives them to the function', async () => {
  await using api = await openTestApi()
  const id = await makeFunction(api, { settings: [{ name: 'key', type: 'STRING', required: true, sensitive: true }] })
  const path = `/api/functions/${id}/invoke`
  expect(await api.call('POST', path, { events: [] })).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_settings', field: 'settings.key' }] } })
  expect(await api.call('POST', path, { settings: { key: 1 }, events: [] })).toMatchObject({ status: 400, body: { errors: [{ field: 'settings.key' }] } })
  expect(await api.call('POST', path, { settings: { key: 'a' }, events: [{}] })).toMatchObject({ status: 200 })
  expect(api.invocations.at(-1)!.instance.settings).toEqual({ key: 'a' })
})

test('invoke gives a source function its request', async () => {
  await using api = await openTestApi()
  const id = await makeFunction(api, { resourceType: 'SOURCE', code: 'async function onRequest() {}' })
  await api.call('POST', `/api/functions/${id}/invoke`, { events: [{ body: { a: 1 }, headers: { 'x-one': '1' }, queryParameters: { q: 'a b' } }] })
  expect(api.invocations).toMatchObject([{ call: 'request' }])
  expect(JSON.parse(api.invocations[0]!.payloads[0]!)).toEqual({ body: '{"a":1}', headers: { 'content-type': 'application/json', 'x-one': '1' }, url: 'http://sluice.test/fn/preview?q=a+b' })
})

const shared = {} as { api: OpenedApi, id: string }
beforeAll(async () => {
  shared.api = await openTestApi()
  shared.id = await makeFunction(shared.api)
})
afterAll(() => shared.api[Symbol.asyncDispose]())

test.each([
  ['', 'invalid_json', undefined],
  ['{"events": [{}}', 'invalid_json', undefined],
  ['{"events": [{},]}', 'invalid_json', undefined],
  ['{"events": [{"a": tru}]}', 'invalid_json', 'events.0'],
  ['{"events": [{}, {"a" 1}]}', 'invalid_json', 'events.1'],
  ['{"events": [{}]} x', 'invalid_json', undefined],
  ['{"events": [{"a": "x]}', 'invalid_json', undefined],
  ['[]', 'invalid_request', 'body'],
  ['{}', 'invalid_request', 'events'],
  ['{"events": {}}', 'invalid_request', 'events'],
  ['{"events": [{}, 1]}', 'invalid_request', 'events.1'],
  ['{"events": ["a"]}', 'invalid_request', 'events.0'],
  ['{"event": [{}]}', 'invalid_request', 'event'],
  ['{"events": [], "settings": 1}', 'invalid_request', 'settings'],
  [`{"events": [${'['.repeat(501)}${']'.repeat(501)}]}`, 'invalid_request', 'events.0'],
])('invoke refuses %s', async (body, type, field) => {
  const { api, id } = shared
  // As the isolate does: what it cannot parse, it discards.
  api.runWith(({ payloads }) => payloads.map((text) => {
    try {
      JSON.parse(text)
      return { outcome: 'ok', text }
    } catch {
      return { outcome: 'discarded', code: 'bad_request', error: { name: 'SyntaxError', message: 'not JSON' } }
    }
  }))
  const answer = await api.call('POST', `/api/functions/${id}/invoke`, body)
  expect(answer.status).toBe(400)
  expect(answer.body.errors).toEqual([{ type, message: expect.any(String), ...(field !== undefined && { field }), ...(type === 'invalid_json' && { data: { line: 1, column: expect.any(Number) } }) }])
})

test('invoke of a function that is not there or not deployed says so', async () => {
  await using api = await openTestApi()
  const id = await makeFunction(api, {}, false)
  expect(await api.call('POST', `/api/functions/${id}/invoke`, { events: [] })).toMatchObject({ status: 409, body: { errors: [{ type: 'function_not_deployed' }] } })
  expect(await api.call('POST', '/api/functions/fn_none/invoke', { events: [] })).toMatchObject({ status: 404 })
})

test('a preview shows output, logs, requests and costs of code that is not saved', async () => {
  await using api = await openTestApi()
  const request = { method: 'GET', url: 'https://a.test/', headers: {}, body: '', status: 200, responseBody: 'x' }
  api.runWith(() => [{ outcome: 'ok', text: '{"a":1}', trace: { ...TRACE, requests: [request] } }])
  const { body } = await api.call('POST', '/api/functions/preview', { code: 'var x', resourceType: 'DESTINATION', settings: { key: 'a' }, payload: { type: 'track' } })
  expect(body).toEqual({ success: true, output: { a: 1 }, errors: [], logs: TRACE.logs, durationMs: 2, cpuMs: 1, heapBytes: 1_000, requests: [request] })
  expect(api.invocations).toMatchObject([{ call: 'events', trace: true, payloads: ['{"type":"track"}'], instance: { settings: { key: 'a' }, resourceType: 'DESTINATION' } }])
  expect((await api.call('GET', '/api/functions')).body).toMatchObject({ data: { functions: [] } })
})

test('a preview of a batch shows one output an event, and what they share once', async () => {
  await using api = await openTestApi()
  const error = { name: 'Error', message: 'no', line: 1, column: 2, file: 'function.ts' }
  api.runWith(() => [{ outcome: 'ok', text: '1', trace: TRACE }, { outcome: 'retry', code: 'retry', error, trace: TRACE }])
  const { body } = await api.call('POST', '/api/functions/preview', { code: 'var x', resourceType: 'DESTINATION', payload: [{ type: 'track' }, { type: 'page' }] })
  expect(body).toEqual({ success: false, output: [1, null], errors: [error], logs: TRACE.logs, durationMs: 2, cpuMs: 1, heapBytes: 1_000, requests: [] })
  expect(api.invocations[0]!.call).toBe('batch')
})

test('a preview of code that does not compile is a failure with a place', async () => {
  await using api = await openTestApi()
  const answer = await api.call('POST', '/api/functions/preview', { code: 'var a\nvar b = ;', resourceType: 'DESTINATION', payload: { type: 'track' } })
  expect(answer).toMatchObject({ status: 200, body: { success: false, errors: [{ name: 'CompileError', file: 'function.ts', line: 2, column: 9 }] } })
  expect(api.invocations).toEqual([])
})

test('scripted responses answer the requests of their preview alone, and nothing else reaches the network', async () => {
  await using api = await openTestApi()
  const network: string[] = []
  const fetch = api.preview.withScriptedResponses(({ url }) => {
    network.push(url)
    return Promise.resolve({ ok: false, code: 'fetch_failed', message: 'the network' })
  })
  const seen: unknown[] = []
  const ask = async (url: string) => {
    const answer = await fetch({ url, method: 'GET', headers: {} }, api.invocations.at(-1)!.instance)
    seen.push(answer.ok ? [answer.status, answer.headers['content-type'], Buffer.from(answer.body).toString()] : answer.message)
  }
  let asked: Promise<void>[] = []
  api.runWith(() => {
    asked = [ask('https://api.test/users/1?x=y'), ask('https://api.test/users/1/posts'), ask('https://other.test/')]
    return [{ outcome: 'ok', text: '' }]
  })
  await api.call('POST', '/api/functions/preview', {
    code: 'var x', resourceType: 'DESTINATION', payload: { type: 'track' },
    responses: [{ match: 'https://api.test/*/posts', status: 404 }, { match: 'https://api.test/*', body: { id: 1 } }],
  })
  await Promise.all(asked)
  expect(seen).toEqual([[200, 'application/json', '{"id":1}'], [404, undefined, ''], 'No scripted response matches GET https://other.test/'])
  expect(network).toEqual([])
  await ask('https://late.test/')
  expect(network).toEqual(['https://late.test/'])
})

test('recent events of a source are samples for a preview; of webhooks nobody sees the credentials', async () => {
  const asked: unknown[] = []
  const webhook = JSON.stringify({ body: '{"a":1}', headers: { 'content-type': 'application/json', authorization: 'Bearer x', 'x-hub-signature-256': 'y' }, url: 'http://sluice.test/fn/src/token?q=1' })
  await using api = await openTestApi({ recentEvents: (sourceId, request) => {
    asked.push([sourceId, request])
    return request.type === 'webhook' ? [webhook] : ['{"type":"track","event":"One"}']
  } })
  const source = await api.call('POST', '/api/sources', { slug: 'web', metadataId: 'http' })
  const path = `/api/sources/${String(source.body.data['source']!['id'])}/samples`
  expect((await api.call('GET', `${path}?type=track&count=5`)).body).toEqual({ data: { samples: [{ payload: { type: 'track', event: 'One' } }] } })
  expect(asked).toEqual([[path.split('/')[3], { type: 'track', count: 5 }]])
  const { samples } = (await api.call('GET', `${path}?type=webhook`)).body.data as unknown as { samples: { payload: object }[] }
  expect(samples).toEqual([{ payload: { body: '{"a":1}', headers: { 'content-type': 'application/json', authorization: '[redacted]', 'x-hub-signature-256': '[redacted]' }, queryParameters: { q: '1' } } }])
  expect(await api.call('POST', '/api/functions/preview', { code: 'function onRequest() {}', resourceType: 'SOURCE', payload: samples[0]!.payload })).toMatchObject({ status: 200 })
  expect(await api.call('GET', `${path}?type=nonsense`)).toMatchObject({ status: 400, body: { errors: [{ field: 'type' }] } })
  expect(await api.call('GET', '/api/sources/src_none/samples')).toMatchObject({ status: 404 })
})

test('a preview hides the values of settings that sound secret or are named so', async () => {
  await using api = await openTestApi()
  await api.call('POST', '/api/functions/preview', {
    code: 'var x', resourceType: 'DESTINATION', payload: { type: 'track' }, settings: { apiKey: 'one', region: 'eu', list: ['three', { deep: 'four' }] }, sensitive: ['list'],
  })
  expect(api.invocations[0]!.instance.secrets).toEqual(['one', 'three', 'four'])
})
