import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEgress } from '../../../src/egress/request.ts'
import type { Egress } from '../../../src/egress/request.ts'
import type { HttpRequest, HttpResult } from '../../../src/model/http.ts'
import { startSink } from '../../support/sink-server.ts'
import type { SinkServer } from '../../support/sink-server.ts'

let sink: SinkServer
let other: SinkServer
let secret: SinkServer
let egress: Egress

beforeEach(async () => {
  [sink, other, secret] = await Promise.all([startSink(), startSink(), startSink()])
  egress = createEgress({ allowPrivate: false, allow: [sink.address, other.address] })
})
afterEach(async () => {
  await egress.close()
  await Promise.all([sink, other, secret].map((server) => server.close()))
})

function redirected(status: number, location: string, request: Partial<HttpRequest> = {}): Promise<HttpResult> {
  sink.answerNext({ status, headers: { Location: location }, body: 'moved' })
  return egress.send({ url: `${sink.url}/from`, method: 'POST', headers: { 'Content-Type': 'text/plain', Authorization: 'Bearer a', Cookie: 'b=c', 'X-Other': 'd' }, body: 'body', ...request })
}

describe('a redirect', () => {
  test.each([[301, 'GET'], [302, 'GET'], [303, 'GET'], [307, 'POST'], [308, 'POST']])('%i of a POST is followed with %s', async (status, method) => {
    expect(await redirected(status, '/to?x=1')).toMatchObject({ ok: true, status: 200, url: `${sink.url}/to?x=1` })
    const [, second] = sink.received()
    expect(second).toMatchObject({ method, url: '/to?x=1', text: method === 'POST' ? 'body' : '' })
    expect(second!.headers['content-type']).toBe(method === 'POST' ? 'text/plain' : undefined)
  })

  test.each([[301, 'PUT'], [302, 'DELETE'], [303, 'HEAD']])('%i of a %s keeps the method', async (status, method) => {
    await redirected(status, '/to', { method, ...(method === 'HEAD' ? { body: undefined } : {}) })
    expect(sink.received()[1]).toMatchObject({ method, url: '/to' })
  })

  test('303 of a PUT becomes a GET', async () => {
    await redirected(303, '/to', { method: 'PUT' })
    expect(sink.received()[1]).toMatchObject({ method: 'GET', text: '' })
  })

  test('within the origin keeps credentials, to another origin drops them', async () => {
    await redirected(307, '/to')
    expect(sink.received()[1]!.headers).toMatchObject({ authorization: 'Bearer a', cookie: 'b=c', 'x-other': 'd' })
    await redirected(307, `${other.url}/to`)
    expect(other.received()[0]!.headers).toMatchObject({ 'x-other': 'd', host: other.address })
    expect(other.received()[0]!.headers).not.toHaveProperty('authorization')
    expect(other.received()[0]!.headers).not.toHaveProperty('cookie')
  })

  test('does not carry the credentials of a URL to another origin', async () => {
    await redirected(307, `${other.url}/to`, { url: `http://user:word@${sink.address}/from`, headers: {} })
    expect(sink.received()[0]!.headers.authorization).toMatch(/^Basic /)
    expect(other.received()[0]!.headers).not.toHaveProperty('authorization')
  })

  test('is handed back when none may be followed, or when this status may not', async () => {
    expect(await redirected(302, '/to', { redirectsMax: 0 })).toMatchObject({ ok: true, status: 302, headers: { location: '/to' } })
    expect(await redirected(301, '/to', { redirectStatuses: [307, 308] })).toMatchObject({ ok: true, status: 301 })
    expect(sink.received().map((request) => request.url)).toEqual(['/from', '/from'])
  })

  test('without a Location is an answer like any other', async () => {
    sink.answerNext({ status: 302 })
    expect(await egress.send({ url: sink.url, method: 'GET', headers: {} })).toMatchObject({ ok: true, status: 302 })
  })

  test('is followed as often as allowed, then fails', async () => {
    sink.follow(() => ({ status: 302, headers: { Location: '/again' } }))
    expect(await egress.send({ url: sink.url, method: 'GET', headers: {}, redirectsMax: 3 })).toMatchObject({ ok: false, code: 'fetch_failed', message: 'The address redirected more than 3 times.' })
    expect(sink.received()).toHaveLength(4)
  })

  test('may have a body of any length', async () => {
    sink.answerNext({ status: 302, headers: { Location: '/to' }, body: 'x'.repeat(100_000) })
    expect(await egress.send({ url: sink.url, method: 'GET', headers: {}, responseBytesMax: 10 })).toMatchObject({ ok: true, status: 200 })
  })

  test.each([
    ['an address that is not allowed', () => `${secret.url}/`], ['the same by name', () => `http://localhost:${secret.port}/`], ['the same in IPv6 clothes', () => `http://[::ffff:127.0.0.1]:${secret.port}/`],
    ['the same without a scheme', () => `//127.1:${secret.port}/`], ['metadata', () => 'http://169.254.169.254/'], ['a file', () => 'file:///etc/passwd'], ['another scheme', () => 'ftp://example.com/'],
  ])('to %s is refused', async (_what, location) => {
    for (const status of [302, 307]) expect(await redirected(status, location())).toMatchObject({ ok: false, code: 'fetch_blocked' })
    expect(secret.received()).toEqual([])
  })

  test('to something that is no URL is a failure', async () => {
    expect(await redirected(302, 'http://[')).toMatchObject({ ok: false, code: 'fetch_failed' })
  })
})
