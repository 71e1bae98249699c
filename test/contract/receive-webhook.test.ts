/** The webhooks of source functions over real HTTP. */
import { createHmac } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SluiceError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import { exchange } from '../support/raw-http.ts'
import { RECEIVED_AT, startReceive, TOKEN } from '../support/receive-server.ts'
import type { ReceiveServer } from '../support/receive-server.ts'
import type { WebhookPayload } from '../../src/receive/receive-webhook.ts'

const PATH = `/fn/src_fn/${TOKEN}`

let server: ReceiveServer
beforeEach(async () => {
  server = await startReceive()
})
afterEach(() => server.close())

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<{ status: number, headers: Headers, answer: unknown }> {
  const response = await fetch(server.url + path, { method: 'POST', body, headers })
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  return { status: response.status, headers: response.headers, answer: await response.json() }
}

function kept(): WebhookPayload[] {
  return server.queue.appended.flatMap((entry) => entry.events).map((carrier) => JSON.parse(carrier.text) as WebhookPayload)
}

describe('a source function\'s webhook', () => {
  it('is kept raw and answered 202', async () => {
    expect(await post(`${PATH}?a=1&a=2`, '{ "b": 1,\n"a" : 2 }', { 'X-Signature': 'abc' })).toMatchObject({ status: 202, answer: { success: true } })
    expect(server.queue.appended).toMatchObject([{ sourceId: 'src_fn', kind: 'webhook', receivedAt: RECEIVED_AT, events: [{ messageId: expect.stringMatching(/^evt_/) }] }])
    expect(kept()).toMatchObject([{ body: '{ "b": 1,\n"a" : 2 }', url: `${server.url}${PATH}?a=1&a=2`, headers: { 'x-signature': 'abc', 'content-type': expect.stringContaining('text/plain') } }])
  })

  it('keeps every byte that a signature covers', async () => {
    const body = '\uFEFF{"é":"日本 🎉",  "n": 1.0}\r\n'
    const sign = (text: string): string => createHmac('sha256', 'k').update(text).digest('hex')
    await post(PATH, body, { 'x-signature': sign(body) })
    const [payload] = kept()
    expect(sign(payload?.body ?? '')).toBe(payload?.headers['x-signature'])
  })

  it.each(['application/json', 'application/x-www-form-urlencoded', 'application/xml', 'garbage', 'text/csv; charset=utf-8'])('takes Content-Type %s and passes it on', async (type) => {
    expect(await post(PATH, 'a=1&b=2', { 'content-type': type })).toMatchObject({ status: 202 })
    expect(kept()).toMatchObject([{ body: 'a=1&b=2', headers: { 'content-type': type } }])
  })

  it('may be gzip or empty', async () => {
    expect(await post(PATH, new Uint8Array(gzipSync('{"a":1}')), { 'content-encoding': 'gzip' })).toMatchObject({ status: 202 })
    expect(await post(PATH, '')).toMatchObject({ status: 202 })
    expect(kept().map((payload) => payload.body)).toEqual(['{"a":1}', ''])
    expect(kept()[0]?.headers).not.toHaveProperty('content-encoding')
  })

  it.each([
    ['an unknown source', `/fn/src_none/${TOKEN}`],
    ['a wrong token', '/fn/src_fn/wrong'],
    ['a token cut short', `/fn/src_fn/${TOKEN.slice(0, -1)}`],
    ['a source without a function', `/fn/src_http_token/${TOKEN}`],
    ['a source without a token', '/fn/src_on/'],
    ['a name that every object has', `/fn/constructor/${TOKEN}`],
  ])('%s is 404', async (_what, path) => {
    const response = await fetch(server.url + path, { method: 'POST', body: '{}' })
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'not_found' }])
    expect(server.queue.appended).toEqual([])
  })

  it('a disabled source is 200, dropped and counted', async () => {
    expect(await post(`/fn/src_fn_off/${TOKEN}`, '{}')).toMatchObject({ status: 200, answer: { success: true } })
    expect(server.queue.appended).toEqual([])
    expect(server.refusals.list()).toEqual([{ sourceId: 'src_fn_off', code: 'source_disabled', count: 1 }])
  })

  it('takes 512 KiB and refuses a byte more', async () => {
    expect(await post(PATH, 'x'.repeat(limits.webhookBytesMax))).toMatchObject({ status: 202 })
    expect(await post(PATH, 'x'.repeat(limits.webhookBytesMax + 1))).toMatchObject({ status: 400, answer: { code: 'payload_too_large' } })
    expect(await post(PATH, new Uint8Array(gzipSync('x'.repeat(limits.webhookBytesMax + 1))))).toMatchObject({ status: 400, answer: { code: 'payload_too_large' } })
    expect(kept()).toHaveLength(1)
  })

  it('refuses text that is not UTF-8, since it could not be kept exactly', async () => {
    expect(await post(PATH, new Uint8Array([0x61, 0xff]))).toMatchObject({ status: 400, answer: { code: 'invalid_json', message: expect.stringContaining('byte 1') } })
  })

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s is 405 and names POST', async (method) => {
    const response = await fetch(server.url + PATH, { method })
    expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([405, 'POST, OPTIONS', { code: 'method_not_allowed', message: expect.any(String) }])
  })

  it('is 503 with Retry-After when the log cannot take it', async () => {
    server.queue.refuseWith(new SluiceError('queue_full'))
    const refused = await post(PATH, '{}')
    expect(refused).toMatchObject({ status: 503, answer: { code: 'queue_full' } })
    expect(refused.headers.get('retry-after')).toBe(String(limits.retryAfterSeconds))
  })

  it('has a usable URL even when the Host header makes none', async () => {
    for (const host of ['Host: a b<>\r\n', '']) {
      await exchange(server.port, `POST ${PATH} HTTP/1.${host === '' ? 0 : 1}\r\n${host}Content-Length: 2\r\n\r\n{}`)
    }
    expect(kept().map((payload) => payload.url)).toEqual([`http://localhost${PATH}`, `http://localhost${PATH}`])
  })
})
