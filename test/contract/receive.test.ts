/** The tracking API over real HTTP: every documented answer. */
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SluiceError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import { exchange, openRaw } from '../support/raw-http.ts'
import { RECEIVED_AT, startReceive } from '../support/receive-server.ts'
import type { ReceiveServer } from '../support/receive-server.ts'

const BASIC = `Basic ${Buffer.from('key_on:').toString('base64')}`
const track = (more: object = {}): object => ({ type: 'track', event: 'E', userId: 'u', ...more })
const json = (value: unknown): string => JSON.stringify(value)

let server: ReceiveServer
beforeEach(async () => {
  server = await startReceive()
})
afterEach(() => server.close())

async function post(path: string, body: string | Uint8Array<ArrayBuffer> | undefined, headers: Record<string, string> = {}): Promise<{ status: number, headers: Headers, answer: unknown }> {
  const response = await fetch(server.url + path, { method: 'POST', body, headers: { authorization: BASIC, ...headers } })
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  return { status: response.status, headers: response.headers, answer: await response.json() }
}

function connectionsOf(running: ReceiveServer): Promise<number> {
  return new Promise((resolve, reject) => running.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))))
}

const OK = { status: 200, answer: { success: true } }

describe('calls that are kept', () => {
  it.each([
    ['identify', { userId: 'u', traits: { a: 1 } }],
    ['track', { userId: 'u', event: 'E' }],
    ['page', { anonymousId: 'a', name: 'N' }],
    ['screen', { anonymousId: 'a' }],
    ['group', { userId: 'u', groupId: 'g' }],
    ['alias', { userId: 'u', previousId: 'p' }],
  ])('POST /v1/%s gives its type to the body and answers 200', async (type, body) => {
    expect(await post(`/v1/${type}`, json(body))).toMatchObject(OK)
    expect(server.queue.events()).toEqual([expect.objectContaining({ ...body, type, projectId: 'src_on', receivedAt: new Date(RECEIVED_AT).toISOString() })])
    expect(server.queue.appended[0]).toMatchObject({ sourceId: 'src_on', kind: 'events', receivedAt: RECEIVED_AT })
  })

  it('a batch is one entry with the good events, and the bad ones are counted', async () => {
    const batch = [track({ messageId: 'a' }), track({ userId: 7 }), { ...track(), type: undefined }, { type: 'identify', anonymousId: 'x', messageId: 'b' }]
    expect(await post('/v1/batch', json({ batch, sentAt: '2026-10-01T11:00:00.000Z', context: { ip: '1' } }))).toMatchObject(OK)
    expect(server.queue.appended).toHaveLength(1)
    expect(server.queue.events()).toMatchObject([{ messageId: 'a', context: { ip: '1' } }, { messageId: 'b', type: 'identify', sentAt: '2026-10-01T11:00:00.000Z' }])
    expect(server.refusals.list()).toEqual([{ sourceId: 'src_on', code: 'id_not_string', count: 1 }, { sourceId: 'src_on', code: 'bad_event', count: 1 }])
  })

  it.each([
    ['Basic with a colon', { authorization: BASIC }, {}],
    ['Basic without a colon', { authorization: `Basic ${Buffer.from('key_on').toString('base64')}` }, {}],
    ['the body', { authorization: 'Bearer token' }, { writeKey: 'key_on' }],
    ['the header over the body', { authorization: BASIC }, { writeKey: 'nobody' }],
  ])('the write key may come in %s', async (_where, headers, more) => {
    expect(await post('/v1/track', json(track(more)), headers)).toMatchObject(OK)
    expect(await post('/v1/batch', json({ batch: [track()], ...more }), headers)).toMatchObject(OK)
    expect(server.queue.events()).toHaveLength(2)
    expect(server.queue.events()[0]).not.toHaveProperty('writeKey')
  })

  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=UTF-8', 'garbage', 'a/b; c', 'multipart/form-data', '/'])(
    'the body is read as JSON under Content-Type %s', async (type) => {
      expect(await post('/v1/track', json(track()), { 'content-type': type })).toMatchObject(OK)
      expect(server.queue.events()).toHaveLength(1)
    })

  it.each([
    ['gzip that says so', { 'content-encoding': 'gzip' }],
    ['gzip that calls itself a form, as RudderStack sends it', { 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' }],
    ['gzip that says nothing', {}],
  ])('a body may be %s', async (_what, headers) => {
    expect(await post('/v1/batch', new Uint8Array(gzipSync(json({ batch: [track()] }))), headers as Record<string, string>)).toMatchObject(OK)
    expect(server.queue.events()).toHaveLength(1)
  })

  it('half surrogates, __proto__ and repeated keys are data that harms nobody', async () => {
    const body = '{"userId":"first","userId":"u","event":"\\ud800","__proto__":{"polluted":1},"properties":{"__proto__":{"polluted":2},"x\\udfff":1}}'
    expect(await post('/v1/track', body)).toMatchObject(OK)
    expect(server.queue.events()).toMatchObject([{ userId: 'u', event: '\ud800', properties: { 'x\udfff': 1 } }])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('answers only once the log has the events', async () => {
    const release = server.queue.hold()
    let answered = false
    const answer = post('/v1/track', json(track())).finally(() => {
      answered = true
    })
    await expect.poll(() => server.queue.asks()).toBe(1)
    expect(await post('/v1/track', '{')).toMatchObject({ status: 400 })
    expect(answered).toBe(false)
    release()
    expect(await answer).toMatchObject(OK)
  })

  it('takes an event and a batch of exactly the allowed size', async () => {
    const fill = (bytes: number, shape: (filler: string) => object): string => json(shape('x'.repeat(bytes - json(shape('')).length)))
    expect(await post('/v1/track', fill(limits.eventBytesMax, (filler) => track({ properties: { filler } })))).toMatchObject(OK)
    expect(await post('/v1/batch', fill(limits.batchBytesMax, (filler) => ({ batch: [track()], filler })))).toMatchObject(OK)
    expect(await post('/v1/batch', json({ batch: Array.from({ length: limits.batchEventsMax }, () => track()) }))).toMatchObject(OK)
    expect(server.queue.events()).toHaveLength(2 + limits.batchEventsMax)
  })
})

describe('calls that are answered 200 and not kept, but counted', () => {
  const off = { authorization: `Basic ${Buffer.from('key_off:').toString('base64')}` }
  const unknown = { authorization: `Basic ${Buffer.from('nobody:').toString('base64')}` }
  const many = { batch: Array.from({ length: limits.batchEventsMax + 1 }, () => track()) }
  it.each([
    ['an unknown write key', '/v1/track', track(), unknown, { sourceId: '', code: 'unknown_source', count: 1 }],
    ['no write key', '/v1/batch', { batch: [track(), track()] }, { authorization: '' }, { sourceId: '', code: 'unknown_source', count: 2 }],
    ['a disabled source', '/v1/batch', { batch: [track(), track()] }, off, { sourceId: 'src_off', code: 'source_disabled', count: 2 }],
    ['an empty batch', '/v1/batch', { batch: [] }, {}, { sourceId: 'src_on', code: 'empty_batch', count: 1 }],
    ['2,501 events', '/v1/batch', many, {}, { sourceId: 'src_on', code: 'batch_too_long', count: 2_501 }],
    ['an event without ids', '/v1/track', { event: 'E' }, {}, { sourceId: 'src_on', code: 'no_user_anon_id', count: 1 }],
    ['a userId that is a number', '/v1/identify', { userId: 7 }, {}, { sourceId: 'src_on', code: 'id_not_string', count: 1 }],
    ['an event of 33 KB in a batch', '/v1/batch', { batch: [track({ properties: { text: 'x'.repeat(33 * 1024) } })] }, {}, { sourceId: 'src_on', code: 'event_too_large', count: 1 }],
    ['a batch of wrong types', '/v1/batch', { batch: [null, 7, 'x', [], {}] }, {}, { sourceId: 'src_on', code: 'bad_event', count: 5 }],
    ['an event 600 levels deep', '/v1/track', track({ properties: { deep: JSON.parse('['.repeat(600) + ']'.repeat(600)) as unknown } }), {}, { sourceId: 'src_on', code: 'bad_event', count: 1 }],
  ])('%s', async (_what, path, body, headers, counted) => {
    expect(await post(path, json(body), headers as Record<string, string>)).toMatchObject(OK)
    expect(server.queue.appended).toEqual([])
    expect(server.refusals.list()).toEqual([counted])
  })
})

describe('calls that cannot be read', () => {
  const text = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
  const bomb = new Uint8Array(gzipSync(Buffer.alloc(50 * 1024 ** 2, 32), { level: 9 }))
  it.each([
    ['no body', 'track', undefined, {}, 'invalid_json', 'empty'],
    ['an empty body', 'batch', '', {}, 'invalid_json', 'empty'],
    ['broken JSON', 'track', '{"userId":"u",\n"event":}', {}, 'invalid_json', 'line 2, column 9'],
    ['a form', 'track', 'userId=u&event=E', {}, 'invalid_json', 'line 1, column 1'],
    ['invalid UTF-8', 'track', text('{"userId":"', [0xff], '"}'), {}, 'invalid_json', 'byte 11'],
    ['100,000 open brackets', 'batch', '['.repeat(100_000), {}, 'invalid_json', 'ends too early'],
    ['100,000 levels', 'batch', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {}, 'invalid_request', 'an array'],
    ['JSON that is no object', 'track', '"x"', {}, 'invalid_request', 'a string'],
    ['a batch that is no array', 'batch', '{"batch":{}}', {}, 'invalid_request', '"batch"'],
    ['a batch without events', 'batch', '{"type":"track"}', {}, 'invalid_request', 'missing'],
    ['a single call of 33 KB', 'track', json(track({ text: 'x'.repeat(33 * 1024) })), {}, 'payload_too_large', 'Exceed payload limit'],
    ['a batch of 501 KB', 'batch', json({ batch: [track()], text: 'x'.repeat(501 * 1024) }), {}, 'payload_too_large', 'Exceed payload limit'],
    ['a body far over the limit', 'track', 'x'.repeat(3 * 1024 ** 2), {}, 'payload_too_large', 'Exceed payload limit'],
    ['a gzip bomb', 'batch', bomb, { 'content-encoding': 'gzip' }, 'payload_too_large', 'Exceed payload limit'],
    ['a gzip bomb that does not say so', 'track', new Uint8Array(gzipSync(Buffer.alloc(1024 ** 2, 32))), {}, 'payload_too_large', 'Exceed payload limit'],
    ['gzip that is cut off', 'track', new Uint8Array(gzipSync('{"a":1}').subarray(0, 12)), { 'content-encoding': 'gzip' }, 'encoding_unsupported', 'damaged'],
    ['plain JSON that says gzip', 'track', json(track()), { 'content-encoding': 'gzip' }, 'encoding_unsupported', 'the body is not'],
    ['an encoding nobody asked for', 'track', json(track()), { 'content-encoding': 'br' }, 'encoding_unsupported', 'send gzip'],
  ])('%s: 400 with the reason', async (_what, type, body, headers, code, reason) => {
    expect(await post(`/v1/${type}`, body, headers as Record<string, string>)).toMatchObject({ status: 400, answer: { code, message: expect.stringContaining(reason) } })
    expect(server.queue.appended).toEqual([])
    expect(server.logged).toEqual([])
    expect(await post('/v1/track', json(track()))).toMatchObject(OK)
  })

  it('400,000 levels inside an event are refused without harm to its neighbours', async () => {
    const deep = `{"type":"track","event":"E","userId":"u","properties":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`
    expect(await post('/v1/batch', `{"batch":[${json(track({ messageId: 'kept' }))},${deep}]}`)).toMatchObject(OK)
    expect(server.queue.events().map((event) => event.messageId)).toEqual(['kept'])
  })
})

describe('calls that the log cannot take', () => {
  it.each(['queue_full', 'queue_unavailable', 'shutting_down'] as const)('%s: 503 and when to come back, and the same call works later', async (code) => {
    server.queue.refuseWith(new SluiceError(code))
    const refused = await post('/v1/batch', json({ batch: [track(), 7] }))
    expect(refused).toMatchObject({ status: 503, answer: { code, message: expect.any(String) } })
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect(refused.headers.get('x-ratelimit-reset')).toBe(refused.headers.get('retry-after'))
    server.queue.refuseWith(undefined)
    expect(await post('/v1/batch', json({ batch: [track(), 7] }))).toMatchObject(OK)
    expect(server.queue.events()).toHaveLength(1)
    expect(server.refusals.list()).toEqual([{ sourceId: 'src_on', code: 'bad_event', count: 1 }])
  })

  it('an unexpected failure is 500, tells the client nothing and the log everything', async () => {
    server.queue.refuseWith(new Error('disk at /secret/path'))
    expect(await post('/v1/track', json(track()))).toMatchObject({ status: 500, answer: { code: 'internal', message: expect.not.stringContaining('secret') } })
    expect(server.logged.join()).toContain('disk at /secret/path')
  })
})

describe('addresses and methods', () => {
  it.each(['/v1/nothing', '/v1/track/more', '/v1', '/v1/'])('POST %s is 404', async (path) => {
    expect(await post(path, '{broken')).toMatchObject({ status: 404, answer: { code: 'not_found' } })
  })

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s /v1/track is 405 and names POST', async (method) => {
    const response = await fetch(`${server.url}/v1/track`, { method, ...(method === 'GET' ? {} : { body: '{broken' }) })
    expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([405, 'POST, OPTIONS', { code: 'method_not_allowed', message: expect.any(String) }])
  })
})

describe('connections', () => {
  const request = (body: string, headers = ''): string => `POST /v1/track HTTP/1.1\r\nHost: h\r\nAuthorization: ${BASIC}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

  it('pipelined calls are answered in order on one connection', async () => {
    const sent = [json(track({ messageId: '1' })), json(track({ userId: 7 })), json(track({ messageId: '2' }))].map((body) => request(body)).join('')
    const answers = await exchange(server.port, sent, 3)
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
    expect(server.queue.events().map((event) => event.messageId)).toEqual(['1', '2'])
  })

  it('bodies may be chunked, cut inside a character, without or with two content types', async () => {
    const body = Buffer.from(json(track({ event: 'né' })))
    const cut = body.indexOf(0xc3) + 1
    const chunk = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
    const head = Buffer.from(`POST /v1/track HTTP/1.1\r\nHost: h\r\nAuthorization: ${BASIC}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    const [answer] = await exchange(server.port, Buffer.concat([head, chunk(body.subarray(0, cut)), chunk(body.subarray(cut)), Buffer.from('0\r\n\r\n')]))
    expect(answer).toMatchObject({ status: 200 })
    await exchange(server.port, request(body.toString(), 'Content-Type: text/plain\r\nContent-Type: image/png\r\n'))
    expect(server.queue.events().map((event) => event.event)).toEqual(['né', 'né'])
  })

  it('a body that never stops is cut off with an answer', async () => {
    const head = `POST /v1/track HTTP/1.1\r\nHost: h\r\nContent-Length: ${1024 ** 3}\r\n\r\n`
    const [answer] = await exchange(server.port, Buffer.concat([Buffer.from(head), Buffer.alloc(limits.overlongBodyBytesMax + 1024, 32)]))
    expect(answer).toMatchObject({ status: 400, headers: { connection: 'close' }, body: expect.stringContaining('payload_too_large') })
  })

  it('a client that goes away in the middle of its body hurts nobody and is no error of ours', async () => {
    const connection = await openRaw(server.port)
    connection.write('POST /v1/track HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345')
    await expect.poll(() => connectionsOf(server)).toBe(1)
    connection.destroy()
    await expect.poll(() => connectionsOf(server)).toBe(0)
    expect(await post('/v1/track', json(track()))).toMatchObject(OK)
    expect(server.logged).toEqual([])
  })

  it('while the server closes, what was under way is 200 and what comes after on the same connection is 503', async () => {
    const release = server.queue.hold()
    const connection = await openRaw(server.port)
    connection.write(request(json(track())))
    await expect.poll(() => server.queue.asks()).toBe(1)
    const closed = server.app.close()
    await expect.poll(() => server.app.server.listening).toBe(false)
    connection.write(request(json(track())))
    release()
    const [kept, late] = await connection.read(2)
    expect(kept).toMatchObject({ status: 200 })
    expect(late).toMatchObject({ status: 503, headers: { 'retry-after': String(limits.retryAfterSeconds) }, body: expect.stringContaining('shutting_down') })
    await closed
    expect(server.queue.appended).toHaveLength(1)
  })
})
