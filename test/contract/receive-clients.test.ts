/** What the clients of Segment, RudderStack and Jitsu need besides the documented paths, over real HTTP. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SluiceError } from '../../src/base/errors.ts'
import { startReceive } from '../support/receive-server.ts'
import type { ReceiveServer } from '../support/receive-server.ts'

const BASIC = `Basic ${Buffer.from('key_on:').toString('base64')}`
const TRACK = { type: 'track', event: 'E', userId: 'u' }
const OK = [200, { success: true }]

let server: ReceiveServer
beforeEach(async () => {
  server = await startReceive()
})
afterEach(() => server.close())

async function post(path: string, body: unknown, headers: Record<string, string> = { authorization: BASIC }): Promise<[number, unknown]> {
  const response = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body), headers })
  return [response.status, await response.json()]
}

describe('paths', () => {
  const bodies = { identify: {}, track: { event: 'E' }, page: {}, screen: {}, group: { groupId: 'g' }, alias: { previousId: 'p' } }
  const singles = Object.entries(bodies).flatMap(([type, body]) => ['/v1/', '/api/s/', '/api/s/s2s/'].map((at) => [`${at}${type}`, type, body] as const).concat([[`/v1/${type[0]}`, type, body]]))

  it.each(singles)('POST %s takes one %s', async (path, type, body) => {
    expect(await post(path, { ...body, userId: 'u' })).toEqual(OK)
    expect(server.queue.events()).toMatchObject([{ ...body, type, userId: 'u' }])
  })

  it.each(['/v1/batch', '/v1/b', '/v1/import', '/beacon/v1/batch'])('POST %s takes a batch', async (path) => {
    expect(await post(path, { batch: [TRACK, TRACK], context: { locale: 'de' } })).toEqual(OK)
    expect(server.queue.events()).toMatchObject([{ ...TRACK, context: { locale: 'de' } }, TRACK])
  })

  it('POST /v1/m takes what the library says about itself, and drops it', async () => {
    expect(await post('/v1/m', { series: [{ type: 'Counter', metric: 'analytics_js.invoke', value: 1, tags: {} }] }, {})).toEqual(OK)
    expect(server.queue.appended).toEqual([])
    expect(server.refusals.list()).toEqual([])
  })

  it('/api/s is not the door of the management API, and the rest of /api is not a door of this one', async () => {
    const answers = await Promise.all(['/api/s', '/api/s/other', '/api/sources'].map(async (path) => (await fetch(server.url + path, { method: 'POST', body: '{}' })).status))
    expect(answers).toEqual([404, 404, 404])
  })
})

describe('write keys', () => {
  it.each([
    ['?writeKey=', '/beacon/v1/batch?writeKey=key_on', {}, {}],
    ['X-Write-Key with a secret, over a masked one in the body', '/v1/batch', { 'x-write-key': 'key_on:secret' }, { writeKey: 'key_on:***' }],
    ['X-Write-Key alone', '/v1/batch', { 'x-write-key': 'key_on' }, {}],
  ])('may come in %s', async (_where, path, headers, more) => {
    expect(await post(path, { batch: [TRACK], ...more }, headers as Record<string, string>)).toEqual(OK)
    expect(server.queue.appended).toMatchObject([{ sourceId: 'src_on' }])
  })
})

describe('calls across origins', () => {
  const ORIGIN = 'https://shop.example'
  const preflight = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(server.url + path, {
    method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type,x-retry-count', ...headers },
  })

  it.each(['/v1/track', '/v1/t', '/v1/b', '/v1/m', '/v1/import', '/v1/validate', '/beacon/v1/batch', '/api/s/track', '/fn/src_fn/token', '/v1/pixel/track', '/v1/projects/key_on/settings', '/sourceConfig/'])(
    '%s answers the question before them', async (path) => {
      const response = await preflight(path)
      expect(response.status).toBe(204)
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'access-control-allow-origin': ORIGIN, 'access-control-allow-credentials': 'true', 'access-control-max-age': '86400',
        'access-control-allow-methods': expect.stringMatching(/^(POST|GET), OPTIONS$/), 'access-control-allow-headers': 'authorization,content-type,x-retry-count',
      })
    })

  it('headers of the page\'s own are allowed; without a question for any, those of the known clients are named', async () => {
    expect((await preflight('/v1/t', { 'access-control-request-headers': 'x-tenant' })).headers.get('access-control-allow-headers')).toBe('x-tenant')
    const named = (await fetch(`${server.url}/v1/t`, { method: 'OPTIONS', headers: { origin: ORIGIN } })).headers.get('access-control-allow-headers')
    for (const name of ['authorization', 'content-type', 'x-retry-count', 'x-write-key', 'anonymousid', 'sentat', 'rsa-retry-attempt']) expect(named).toContain(name)
  })

  it('every answer may be read, and so may the headers that say when to come back', async () => {
    server.queue.refuseWith(new SluiceError('queue_full'))
    const refused = await fetch(`${server.url}/v1/t`, { method: 'POST', body: JSON.stringify(TRACK), headers: { authorization: BASIC, origin: ORIGIN } })
    expect(refused.status).toBe(503)
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      'access-control-allow-origin': ORIGIN, 'access-control-expose-headers': 'Retry-After, X-RateLimit-Reset', 'retry-after': expect.any(String), vary: 'Origin',
    })
    server.queue.refuseWith(undefined)
    for (const body of ['{', JSON.stringify(TRACK)]) {
      const response = await fetch(`${server.url}/v1/t`, { method: 'POST', body, headers: { origin: ORIGIN } })
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    }
  })

  it('a caller that is no browser is told nothing of it', async () => {
    const response = await fetch(`${server.url}/v1/t`, { method: 'POST', body: JSON.stringify(TRACK) })
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control') || name === 'vary')).toEqual([])
    expect((await fetch(`${server.url}/v1/t`, { method: 'HEAD' })).status).toBe(405)
  })
})

describe('the pixel', () => {
  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')
  const get = async (path: string, headers: Record<string, string> = {}): Promise<void> => {
    const response = await fetch(server.url + path, { headers })
    const body = Buffer.from(await response.arrayBuffer())
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([200, 'image/gif', 'no-store'])
    expect(body.subarray(0, 6).toString()).toBe('GIF89a')
    expect([body.readUInt16LE(6), body.readUInt16LE(8)]).toEqual([1, 1])
  }
  const event = { writeKey: 'key_on', userId: 'ü?>~', event: 'Opened', properties: { subject: '>>>???' } }
  const { writeKey: _, ...kept } = event

  it.each([
    ['padded', encodeURIComponent(base64(event))],
    ['without padding', encodeURIComponent(base64(event).replace(/=+$/, ''))],
    ['URL-safe', base64(event).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')],
    ['as it is, its plus signs taken for spaces', base64(event)],
  ])('takes base64 %s', async (_what, data) => {
    await get(`/v1/pixel/track?data=${data}`)
    expect(server.queue.events()).toMatchObject([{ ...kept, type: 'track' }])
  })

  it('takes plain and dotted fields', async () => {
    await get('/v1/pixel/track?userId=u&event=Email%20Opened&properties.subject=Hi&properties.mail.id=7&properties.mail.id=8&writeKey=key_on', { 'user-agent': 'Mozilla/5.0' })
    expect(server.queue.events()).toMatchObject([{ type: 'track', userId: 'u', event: 'Email Opened', properties: { subject: 'Hi', mail: { id: '8' } }, context: { ip: '127.0.0.1' } }])
    expect(server.queue.events()[0]).not.toHaveProperty('writeKey')
  })

  it('never reaches a prototype', async () => {
    await get('/v1/pixel/track?writeKey=key_on&userId=u&event=E&__proto__.polluted=1&constructor.prototype.polluted=1&userId.x=1&properties.__proto__.polluted=1')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(server.queue.events()).toMatchObject([{ userId: 'u', event: 'E' }])
  })

  it.each([
    ['data that is no JSON', '/v1/pixel/track?writeKey=key_on&data=%FF%FF', 'invalid_json'],
    ['no event', '/v1/pixel/track?writeKey=key_on&userId=u', 'event_not_defined'],
    ['no known type', '/v1/pixel/purchase?writeKey=key_on', 'bad_event'],
    ['no write key', '/v1/pixel/track?userId=u&event=E', 'unknown_source'],
  ])('is the same with %s, which is counted', async (_what, path, code) => {
    await get(path)
    expect(server.queue.appended).toEqual([])
    expect(server.refusals.list()).toEqual([{ sourceId: code === 'unknown_source' ? '' : expect.any(String), code, count: 1 }])
  })

  it('is the same when the log is full, and what is lost is counted', async () => {
    server.queue.refuseWith(new SluiceError('queue_full'))
    await get('/v1/pixel/track?writeKey=key_on&userId=u&event=E')
    expect(server.refusals.list()).toEqual([{ sourceId: 'src_on', code: 'queue_full', count: 1 }])
  })
})

describe('context.ip', () => {
  const send = async (key: string, more: object = {}): Promise<unknown> => {
    await post('/v1/track', { ...TRACK, ...more }, { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` })
    return server.queue.events().at(-1)?.context?.['ip']
  }

  it('is filled for sources on people\'s devices, and for servers that ask', async () => {
    expect(await send('key_web')).toBe('127.0.0.1')
    expect(await send('key_on')).toBeUndefined()
    expect(await send('key_on', { context: { direct: true } })).toBe('127.0.0.1')
  })

  it('is not that of a server that calls for them, as Jitsu\'s paths tell', async () => {
    const key = { authorization: `Basic ${Buffer.from('key_web:').toString('base64')}`, 'user-agent': 'node' }
    await post('/api/s/s2s/track', TRACK, key)
    await post('/api/s/track', TRACK, key)
    expect(server.queue.events().map(({ context }) => [context?.['ip'], context?.['bot']])).toEqual([[undefined, undefined], ['127.0.0.1', true]])
  })

  it('is left alone when the caller sends its own', async () => {
    expect(await send('key_web', { context: { ip: '0.0.0.0' } })).toBe('0.0.0.0')
    expect(await send('key_web', { context: { ip: null } })).toBe('127.0.0.1')
  })
})

describe('bots', () => {
  const GOOGLE = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const send = (key: string, userAgent: string, more: object = {}): Promise<unknown> =>
    post('/v1/track', { ...TRACK, ...more }, { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`, 'user-agent': userAgent })
  const marks = (): unknown[] => server.queue.events().map((event) => event.context?.['bot'])

  it('are marked where people\'s devices send', async () => {
    await send('key_web', GOOGLE)
    await send('key_web', FIREFOX)
    await send('key_web', GOOGLE, { context: { userAgent: FIREFOX } })
    await send('key_on', GOOGLE, { context: { userAgent: GOOGLE } })
    expect(marks()).toEqual([true, undefined, undefined, undefined])
  })

  it('are dropped and counted where the source says so', async () => {
    await send('key_no_bots', 'node', { context: { userAgent: GOOGLE } })
    await send('key_no_bots', 'node', { context: { userAgent: FIREFOX } })
    expect(server.queue.events()).toHaveLength(1)
    expect(server.refusals.list()).toEqual([{ sourceId: 'src_no_bots', code: 'bot_dropped', count: 1 }])
  })
})

describe('what browsers load first', () => {
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(server.url + path, { headers })

  it('analytics.js\'s settings send it back to where they came from', async () => {
    const response = await get('/v1/projects/key_on/settings')
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=60'])
    expect(await response.json()).toMatchObject({
      integrations: { 'Segment.io': { apiKey: 'key_on', apiHost: `127.0.0.1:${server.port}/v1`, protocol: 'http' } }, metrics: { sampleRate: 0 }, remotePlugins: [],
    })
  })

  it('RudderStack\'s settings name the source', async () => {
    for (const [path, headers] of [['/sourceConfig/?p=npm&writeKey=key_on', {}], ['/sourceConfig/', { authorization: BASIC }]] as const) {
      const response = await get(path, headers)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ source: { id: 'src_on', writeKey: 'key_on', enabled: true, destinations: [] } })
    }
  })

  it.each(['/v1/projects/nobody/settings', '/sourceConfig/?writeKey=nobody', '/sourceConfig/', '/analytics.js/v1/nobody/analytics.min.js', '/analytics-next/bundles/nothing.js', '/analytics-next/bundles/..%2findex.js', '/analytics-next/bundles/index.d.ts'])(
    '%s is 404', async (path) => {
      const response = await get(path)
      expect([response.status, await response.json()]).toEqual([404, { code: 'not_found', message: expect.any(String) }])
    })

  it('the library comes whole, packed where the browser can unpack, and its chunks too', async () => {
    const library = await (await get('/analytics.js/v1/key_on/analytics.min.js')).text()
    expect(library).toContain('_cdn')
    const folder = join(import.meta.dirname, '../../node_modules/@segment/analytics-next/dist/umd')
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.js'))) {
      expect(await (await get(`/analytics-next/bundles/${name}`)).text()).toBe(readFileSync(join(folder, name), 'utf8'))
    }
    const packed = await get('/analytics.js/v1/key_on/analytics.min.js', { 'accept-encoding': 'gzip' })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(await packed.text()).toBe(library)
  })

  it('Jitsu\'s snippet is served', async () => {
    const response = await get('/p.js')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
    expect(await response.text()).toContain('jitsu')
  })
})

describe('events of other sizes', () => {
  const large = { ...TRACK, properties: { text: 'x'.repeat(90 * 1024) } }
  const key = { authorization: `Basic ${Buffer.from('key_large:').toString('base64')}` }

  it('are taken where the source says so, alone, in a batch and packed', async () => {
    expect(await post('/v1/track', large, key)).toEqual(OK)
    expect(await post('/v1/batch', { batch: [large] }, key)).toEqual(OK)
    expect((await fetch(`${server.url}/v1/track`, { method: 'POST', body: new Uint8Array(gzipSync(JSON.stringify(large))), headers: key })).status).toBe(200)
    expect(server.queue.events()).toHaveLength(3)
  })

  it('are refused beyond that', async () => {
    expect(await post('/v1/track', large)).toMatchObject([400, { code: 'payload_too_large' }])
    expect(await post('/v1/track', { ...large, more: 'x'.repeat(20 * 1024) }, key)).toMatchObject([400, { code: 'payload_too_large', message: expect.stringContaining('102400') }])
  })
})

describe('behind a proxy', () => {
  const forwarded = { 'x-forwarded-for': '10.9.9.9, 2001:db8::7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'events.example' }
  const webKey = { authorization: `Basic ${Buffer.from('key_web:').toString('base64')}` }
  const sendBoth = async (running: ReceiveServer): Promise<unknown[]> => {
    await fetch(`${running.url}/v1/track`, { method: 'POST', body: JSON.stringify(TRACK), headers: { ...webKey, ...forwarded } })
    const settings = await (await fetch(`${running.url}/v1/projects/key_web/settings`, { headers: forwarded })).json() as { integrations: { 'Segment.io': { apiHost: string, protocol: string } } }
    const { apiHost, protocol } = settings.integrations['Segment.io']
    return [running.queue.events().at(-1)?.context?.['ip'], apiHost, protocol]
  }

  it('that is trusted, the address and host are those that it names; of anybody else\'s claim nothing is believed', async () => {
    expect(await sendBoth(server)).toEqual(['127.0.0.1', `127.0.0.1:${server.port}/v1`, 'http'])
    const trusting = await startReceive({ trustedProxies: ['loopback'] })
    try {
      expect(await sendBoth(trusting)).toEqual(['2001:db8::7', 'events.example/v1', 'https'])
    } finally {
      await trusting.close()
    }
  })
})
