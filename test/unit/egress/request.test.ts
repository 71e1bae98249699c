import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEgress } from '../../../src/egress/request.ts'
import type { Egress, EgressOptions } from '../../../src/egress/request.ts'
import type { HttpRequest, HttpResult } from '../../../src/model/http.ts'
import { startSink } from '../../support/sink-server.ts'
import type { SinkAnswer, SinkServer } from '../../support/sink-server.ts'

let sink: SinkServer
let egress: Egress

beforeEach(async () => {
  sink = await startSink()
  egress = createEgress({ allowPrivate: false, allow: [sink.address] })
})
afterEach(async () => {
  await egress.close()
  await sink.close()
})

const ask = (request: Partial<HttpRequest> = {}): Promise<HttpResult> => egress.send({ url: `${sink.url}/`, method: 'GET', headers: {}, ...request })

async function answered(answer: SinkAnswer, request: Partial<HttpRequest> = {}): Promise<HttpResult> {
  sink.answerNext(answer)
  return ask(request)
}

function textOf(result: HttpResult): string {
  return result.ok ? Buffer.from(result.body).toString() : `no answer: ${result.code} ${result.message}`
}

describe('a request', () => {
  test('arrives as it was given, and its answer comes back whole', async () => {
    const result = await answered(
      { status: 201, headers: { 'X-Two': 'a' }, body: 'thanks' },
      { url: `${sink.url}/some/path?a=1&b=%20#part`, method: 'post', headers: { 'X-One': 'ä', 'Content-Type': 'text/plain' }, body: 'grüße' },
    )
    expect(result).toMatchObject({ ok: true, status: 201, statusText: 'Created', url: `${sink.url}/some/path?a=1&b=%20`, headers: { 'x-two': 'a', 'content-length': '6' } })
    expect(textOf(result)).toBe('thanks')
    expect(sink.received()).toMatchObject([{ method: 'POST', url: '/some/path?a=1&b=%20', text: 'grüße', headers: { 'x-one': 'ä', 'content-length': '7', 'content-type': 'text/plain' } }])
  })

  test('cannot set what belongs to the connection', async () => {
    const forbidden = { Host: 'other.example', 'content-LENGTH': '3', 'Transfer-Encoding': 'chunked', Connection: 'close, X-Keep', Upgrade: 'h2c', Expect: '100-continue', TE: 'trailers', 'Keep-Alive': 'x' }
    await ask({ method: 'POST', headers: { ...forbidden, 'X-Keep': 'kept' }, body: 'four' })
    const [request] = sink.received()
    expect(request!.headers).toEqual({ host: sink.address, connection: 'keep-alive', 'content-length': '4', 'x-keep': 'kept', 'accept-encoding': 'gzip, br, deflate' })
    expect(request!.text).toBe('four')
  })

  test('has the later of two headers that differ in case only', async () => {
    await ask({ headers: { 'x-a': '1', 'X-A': '2' } })
    expect(sink.received()[0]!.headers['x-a']).toBe('2')
  })

  test.each(['a\r\nX-Evil: 1', 'a\nb', '\0'])('with the header value %j is not sent', async (value) => {
    expect(await ask({ headers: { 'X-A': value } })).toMatchObject({ ok: false, code: 'fetch_failed', systemCode: 'UND_ERR_INVALID_ARG' })
    expect(sink.received()).toEqual([])
  })

  test.each(['CONNECT', 'TRACE', 'track', 'A B', 'GET\r\nX: 1', ''])('with the method %j is not sent', async (method) => {
    expect(await ask({ method })).toMatchObject({ ok: false, code: 'fetch_failed', systemCode: 'UND_ERR_INVALID_ARG' })
    expect(sink.received()).toEqual([])
  })

  test.each(['', 'nonsense', 'http://', 'http://[::1', 'http://a b/', 'http://256.256.256.256/'])('to %j says that this is no URL', async (url) => {
    expect(await ask({ url })).toMatchObject({ ok: false, code: 'fetch_failed', systemCode: 'ERR_INVALID_URL' })
  })

  test('turns the credentials of its URL into Basic authorization, and does not show them in the answer', async () => {
    const result = await ask({ url: `http://us%40er:p%3Aw%zz@${sink.address}/x` })
    expect(sink.received()[0]!.headers.authorization).toBe(`Basic ${Buffer.from('us@er:p%3Aw%zz').toString('base64')}`)
    expect(result).toMatchObject({ ok: true, url: `${sink.url}/x` })
    await ask({ url: `http://a:b@${sink.address}/x`, headers: { authorization: 'Bearer mine' } })
    expect(sink.received()[1]!.headers.authorization).toBe('Bearer mine')
  })

  test('reuses connections', async () => {
    for (let n = 0; n < 20; n += 1) await ask()
    expect(sink.received()).toHaveLength(20)
    // Two, as the first is still being tidied up when the second request comes.
    expect(sink.connections()).toBeLessThanOrEqual(2)
  })
})

describe('a body', () => {
  test.each([
    ['gzip', gzipSync('hello')], ['x-gzip', gzipSync('hello')], ['br', brotliCompressSync('hello')], ['deflate', deflateSync('hello')], ['deflate', deflateRawSync('hello')],
    ['gzip, br', brotliCompressSync(gzipSync('hello'))], ['identity', Buffer.from('hello')], ['martian', Buffer.from('hello')],
  ])('encoded as %s is decoded', async (encoding, body) => {
    expect(textOf(await answered({ headers: { 'Content-Encoding': encoding }, body }))).toBe('hello')
  })

  test.each([['gzip', gzipSync(Buffer.alloc(1_000_000))], ['br', brotliCompressSync(Buffer.alloc(1_000_000))], ['deflate', deflateSync(Buffer.alloc(1_000_000))]])('that unpacks (%s) to more than the cap is refused', async (encoding, body) => {
    expect(body.length).toBeLessThan(2_000)
    expect(await answered({ headers: { 'Content-Encoding': encoding }, body }, { responseBytesMax: 999_999 })).toMatchObject({ ok: false, code: 'fetch_too_large' })
    expect(await answered({ headers: { 'Content-Encoding': encoding }, body }, { responseBytesMax: 1_000_000 })).toMatchObject({ ok: true })
  })

  test('that is not encoded as it says is a failure', async () => {
    expect(await answered({ headers: { 'Content-Encoding': 'gzip' }, body: 'plain' })).toMatchObject({ ok: false, code: 'fetch_failed' })
    expect(await answered({ headers: { 'Content-Encoding': 'gzip' }, body: gzipSync('hello').subarray(0, 15) })).toMatchObject({ ok: false, code: 'fetch_failed' })
    expect(await answered({ headers: { 'Content-Encoding': 'gzip,gzip,gzip,gzip' }, body: gzipSync('x') })).toMatchObject({ ok: false, code: 'fetch_failed' })
  })

  test('longer than the cap is refused, and the connection after it works', async () => {
    expect(await answered({ body: 'x'.repeat(1_001) }, { responseBytesMax: 1_000 })).toMatchObject({ ok: false, code: 'fetch_too_large' })
    expect(textOf(await answered({ body: 'x'.repeat(1_000) }, { responseBytesMax: 1_000 }))).toHaveLength(1_000)
  })

  test('that is extra is cut when it is too long, broken or late, and the status still counts', async () => {
    const extra = { bodyIsExtra: true, responseBytesMax: 5 }
    expect(textOf(await answered({ body: 'x'.repeat(100_000) }, extra))).toBe('xxxxx')
    expect(sink.connections()).toBe(1)
    expect(textOf(await answered({ body: 'x'.repeat(8 * 1024 ** 2) }, extra))).toBe('xxxxx')
    expect(textOf(await answered({ body: 'ab', drop: 'mid-answer' }, extra))).toBe('ab')
    expect(await answered({ headers: { 'Content-Encoding': 'gzip' }, body: 'plain' }, extra)).toMatchObject({ ok: true, status: 200 })
    expect(sink.received()[0]!.headers['accept-encoding']).toBeUndefined()
  })

  test('that breaks off is a failure otherwise', async () => {
    expect(await answered({ body: 'ab', drop: 'mid-answer' })).toMatchObject({ ok: false, code: 'fetch_failed', systemCode: 'ECONNRESET' })
  })
})

describe('what goes wrong on the way has the name the system gives it', () => {
  test.each([
    [{ drop: 'before-read' }, 'ECONNRESET'], [{ drop: 'after-read' }, 'ECONNRESET'], [{ raw: '' }, 'ECONNRESET'], [{ raw: 'SSH-2.0-OpenSSH_9.2\r\n' }, 'EPROTO'],
  ] as const)('%j', async (answer, systemCode) => {
    expect(await answered(answer, { method: 'POST', body: 'x' })).toMatchObject({ ok: false, code: 'fetch_failed', systemCode })
  })

  test('a closed port', async () => {
    const gone = await startSink()
    await gone.close()
    const open = createEgress({ allowPrivate: true, allow: [] })
    const result = await open.send({ url: gone.url, method: 'GET', headers: {} })
    await open.close()
    expect(result).toMatchObject({ ok: false, code: 'fetch_failed', systemCode: 'ECONNREFUSED', message: `connect ECONNREFUSED ${gone.address}` })
  })

  test('a plain server asked for https', async () => {
    expect(await ask({ url: `https://${sink.address}/` })).toMatchObject({ ok: false, code: 'fetch_failed', systemCode: expect.stringMatching(/^ERR_SSL_/) })
  })

  test('headers without end', async () => {
    expect(await answered({ raw: `HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(100_000)}\r\n\r\n` })).toMatchObject({ ok: false, code: 'fetch_too_large' })
  })
})

describe('the deadline', () => {
  test('covers an answer that never comes, the connection is closed, and the next request works', async () => {
    expect(await answered({ silent: true }, { timeoutMs: 50 })).toMatchObject({ ok: false, code: 'fetch_timeout' })
    expect(await ask()).toMatchObject({ ok: true })
    expect(sink.connections()).toBe(2)
  })

  test('covers a body that does not end', async () => {
    const raw = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'
    expect(await answered({ raw, keepOpen: true }, { timeoutMs: 50 })).toMatchObject({ ok: false, code: 'fetch_timeout' })
    expect(textOf(await answered({ raw, keepOpen: true }, { timeoutMs: 50, bodyIsExtra: true }))).toBe('half')
  })

  test('covers a chain of redirects as a whole', async () => {
    sink.follow(() => ({ status: 302, headers: { Location: '/again' }, delayMs: 40 }))
    expect(await ask({ timeoutMs: 100, redirectsMax: 100 })).toMatchObject({ ok: false, code: 'fetch_timeout' })
    expect(sink.received().length).toBeLessThan(5)
  })

  test('covers waiting for a connection when all are taken; what ran out of time waiting is never sent', async () => {
    const narrow = createEgress({ allowPrivate: true, allow: [], limits: { connectionsPerOriginMax: 1 } })
    sink.answerNext({ silent: true })
    const sendTo = (path: string, timeoutMs: number) => narrow.send({ url: `${sink.url}/${path}`, method: 'POST', headers: {}, body: 'x', timeoutMs })
    const results = await Promise.all([sendTo('first', 200), sendTo('second', 50), sendTo('third', 10_000)])
    await narrow.close()
    expect(results).toMatchObject([{ code: 'fetch_timeout' }, { code: 'fetch_timeout' }, { ok: true }])
    expect(sink.received().map((request) => request.url)).toEqual(['/first', '/third'])
  })
})

test('closing ends what is under way', async () => {
  sink.answerNext({ silent: true })
  const pending = ask({ method: 'POST', body: 'x' })
  await expect.poll(() => sink.received().length).toBe(1)
  await egress.close()
  expect(await pending).toMatchObject({ ok: false, code: 'fetch_failed' })
  expect(await ask()).toMatchObject({ ok: false, code: 'fetch_failed' })
})

describe('names', () => {
  const resolving = (addresses: string[], allow: string[], seen: string[] = []): EgressOptions => ({
    allowPrivate: false,
    allow,
    lookup: (hostname, options, callback) => {
      seen.push(hostname)
      const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      setImmediate(() => (options.all ? callback(null, found) : callback(null, found[0]!.address, found[0]!.family)))
    },
  })
  const askNamed = async (options: EgressOptions, host: string): Promise<HttpResult> => {
    const named = createEgress(options)
    const result = await named.send({ url: `http://${host}:${sink.port}/`, method: 'GET', headers: {}, timeoutMs: 1_000 })
    await named.close()
    return result
  }

  test('that resolve to private addresses are refused, whatever they look like', async () => {
    for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fd00::1']) {
      expect(await askNamed(resolving([address], []), 'innocent.example.com')).toMatchObject({ ok: false, code: 'fetch_blocked' })
    }
    expect(sink.received()).toEqual([])
  })

  test('are connected to at a permitted one of their addresses only', async () => {
    expect(await askNamed(resolving(['::1', '10.0.0.1', '127.0.0.1'], [sink.address]), 'mixed.example.com')).toMatchObject({ ok: true })
    expect(await askNamed(resolving(['127.0.0.1'], ['127.0.0.1:1']), 'other-port.example.com')).toMatchObject({ ok: false, code: 'fetch_blocked' })
  })

  test('are reached wherever they are when the list has the name', async () => {
    expect(await askNamed(resolving(['127.0.0.1'], [`db.internal:${sink.port}`]), 'db.internal')).toMatchObject({ ok: true })
    expect(await askNamed(resolving(['127.0.0.1'], ['db.internal:1']), 'db.internal')).toMatchObject({ ok: false, code: 'fetch_blocked' })
    expect(await askNamed(resolving(['127.0.0.1'], ['127.0.0.0/8']), 'db.internal')).toMatchObject({ ok: true })
  })

  test('are resolved once per connection: what was checked is what is connected to', async () => {
    const seen: string[] = []
    expect(await askNamed(resolving(['127.0.0.1'], [sink.address], seen), 'once.example.com')).toMatchObject({ ok: true })
    expect(seen).toEqual(['once.example.com'])
  })

  test('that do not resolve say so', async () => {
    const options: EgressOptions = { allowPrivate: false, allow: [], lookup: (_name, _options, callback) => setImmediate(() => callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), [])) }
    expect(await askNamed(options, 'missing.example.com')).toMatchObject({ ok: false, code: 'fetch_failed', systemCode: 'ENOTFOUND' })
  })
})
