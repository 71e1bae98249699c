import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { GLOBALS } from '../../house/function-globals.table.ts'
import { textAnswer } from '../run-function.ts'
import { useSurface } from './run-twice.ts'

const surface = useSurface()

describe('Buffer', () => {
  test('has the encodings of Node', async () => {
    const code = `
      const encodings = ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'utf16le']
      return [encodings.map((encoding) => Buffer.from('ÿ~?>hi').toString(encoding)), encodings.map((encoding) => Buffer.from(Buffer.from('hello').toString(encoding), encoding).toString())]`
    const encodings = ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'utf16le'] as const
    expect(await surface.run(code)).toEqual([encodings.map((encoding) => Buffer.from('ÿ~?>hi').toString(encoding)), encodings.map((encoding) => Buffer.from(Buffer.from('hello').toString(encoding), encoding).toString())])
  })

  test('reads and writes numbers, concatenates, compares, and is written as JSON', async () => {
    const code = `
      const buffer = Buffer.alloc(8)
      buffer.writeUInt32BE(3735928559, 0)
      buffer.writeInt16LE(-2, 4)
      return [buffer.toString('hex'), buffer.readUInt32BE(0), Buffer.concat([Buffer.from('a'), Buffer.from('b')]).equals(Buffer.from('ab')), Buffer.byteLength('é'), Buffer.isEncoding('base64url'), JSON.stringify(Buffer.from('a'))]`
    expect(await surface.run(code)).toEqual(['deadbeeffeff0000', 3_735_928_559, true, 2, true, '{"type":"Buffer","data":[97]}'])
  })

  test('is what a response gives', async () => {
    surface.answer = () => textAnswer('bytes')
    expect(await surface.run("const response = await fetch('https://api.example.com/')\nconst bytes = await response.buffer()\nreturn [Buffer.isBuffer(bytes), bytes.toString('hex')]")).toEqual([true, '6279746573'])
  })
})

describe('text and URLs', () => {
  test('encode and decode', async () => {
    const code = `
      const decoder = new TextDecoder()
      const bytes = new TextEncoder().encode('grüße 🎉')
      const pieces = decoder.decode(bytes.subarray(0, 4), { stream: true }) + decoder.decode(bytes.subarray(4))
      const strict = (() => { try { return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])) } catch (error) { return error.name } })()
      return [bytes.length, pieces, new TextDecoder('latin1').decode(new Uint8Array([233])), strict, atob(btoa('hi')), btoa('\\u00ff')]`
    expect(await surface.run(code)).toEqual([12, 'grüße 🎉', 'é', 'TypeError', 'hi', '/w=='])
  })

  test('URL and URLSearchParams, at module scope too', async () => {
    const code = `
      const url = new URL('/v1/users?page=2', base)
      url.searchParams.append('q', 'a b')
      const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'a b' })
      return [url.href, url.hostname, [...form.keys()], form.toString(), URL.canParse('nothing')]`
    expect(await surface.run(code, { top: "const base = new URL('https://api.example.com')" })).toEqual([
      'https://api.example.com/v1/users?page=2&q=a+b', 'api.example.com', ['grant_type', 'scope'], 'grant_type=client_credentials&scope=a+b', false,
    ])
  })
})

describe('fetch', () => {
  test('sends forms of all kinds', async () => {
    const code = `
      await fetch('https://api.example.com/url', { method: 'post', body: new URLSearchParams({ a: '1', b: 'x y' }) })
      const form = new FormData()
      form.append('name', 'Ada')
      form.append('file', Buffer.from('contents'), { filename: 'a.txt', contentType: 'text/plain' })
      await fetch(new URL('https://api.example.com/form'), { method: 'POST', body: form, headers: form.getHeaders() })
      await fetch('https://api.example.com/blob', { method: 'PUT', body: new Blob(['b', 'lob'], { type: 'text/csv' }) })
      return [form.get('name'), form.getAll('file').length, form.has('none')]`
    expect(await surface.run(code)).toEqual(['Ada', 1, false])
    const [url, form, blob] = surface.requests
    expect(url).toMatchObject({ method: 'POST', body: 'a=1&b=x+y', headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } })
    const boundary = /boundary=(.+)$/.exec(form!.headers['content-type']!)![1]!
    expect(Buffer.from(form!.body as Uint8Array).toString()).toBe([
      `--${boundary}`, 'Content-Disposition: form-data; name="name"', '', 'Ada',
      `--${boundary}`, 'Content-Disposition: form-data; name="file"; filename="a.txt"', 'Content-Type: text/plain', '', 'contents', `--${boundary}--`, '',
    ].join('\r\n'))
    expect(blob!.headers['content-type']).toBe('text/csv')
    expect(Buffer.from(blob!.body as Uint8Array).toString()).toBe('blob')
  })

  test('works with Request, Response and Headers of its own', async () => {
    surface.answer = (request) => textAnswer(JSON.stringify({ seen: request.headers.authorization }))
    const code = `
      const request = new Request('https://api.example.com/', { method: 'POST', headers, body: JSON.stringify({ a: 1 }) })
      const response = await fetch(request.clone())
      return [await response.json(), response.ok, response.headers.get('Content-Type'), await Response.json({ b: 2 }).text(), new Response('no', { status: 404 }).ok]`
    expect(await surface.run(code, { top: "const headers = new Headers({ Authorization: 'Basic ' + btoa('user:pass') })" }))
      .toEqual([{ seen: 'Basic dXNlcjpwYXNz' }, true, 'application/json', '{"b":2}', false])
  })

  test('brings every address into its normal form', async () => {
    const addresses = [
      'https://api.example.com', 'https://api.example.com/', 'https://api.example.com?a=1', 'http://API.example.com/A', 'https://api.example.com:443/x', 'https://api.example.com/a/../b/./c', 'https://api.example.com/a b',
      'https://api.example.com/v1/users.json?q=a+b&c=%20&d=\'', 'https://127.1/', 'https://0x7f.1/', 'https://xn--nxasmq6b.example/x', 'https://münchen.example/', 'https://a.b/#frag', 'https://user:pass@api.example.com/x', 'https://a.example/..', 'https://a.example//x',
    ]
    expect(await surface.run(`return ${JSON.stringify(addresses)}.map((address) => new Request(address).url)`)).toEqual(addresses.map((address) => new URL(address).href))
    for (const wrong of ['nothing', '/relative', 'https://', 'https://a b.example/']) expect(await surface.fails(`new Request(${JSON.stringify(wrong)})`)).toBe('TypeError: Only absolute URLs are supported')
  })

  test('ends when its signal does', async () => {
    const code = `
      const controller = new AbortController()
      const seen = []
      controller.signal.addEventListener('abort', () => seen.push('heard'))
      const ended = fetch('https://api.example.com/', { signal: controller.signal }).catch((error) => error.name)
      controller.abort()
      const before = await fetch('https://api.example.com/', { signal: AbortSignal.abort() }).catch((error) => error.name)
      const timeout = AbortSignal.timeout(5)
      await new Promise((resolve) => timeout.addEventListener('abort', resolve))
      return [await ended, before, seen, controller.signal.aborted, timeout.reason.name]`
    expect(await surface.run(code)).toEqual(['AbortError', 'AbortError', ['heard'], true, 'TimeoutError'])
  })

  test('rejects as node-fetch does', async () => {
    surface.answer = () => ({ ok: false, code: 'fetch_failed', message: 'getaddrinfo ENOTFOUND foo foo:443', systemCode: 'ENOTFOUND' })
    expect(await surface.fails("await fetch('https://foo/')")).toBe('FetchError: request to https://foo/ failed, reason: getaddrinfo ENOTFOUND foo foo:443')
    surface.answer = () => textAnswer('{}')
  })
})

test('events, timers and clones', async () => {
  const code = `
    const target = new EventTarget()
    const seen = []
    target.addEventListener('ping', (given) => seen.push(given.type), { once: true })
    target.dispatchEvent(new Event('ping'))
    target.dispatchEvent(new Event('ping'))
    await new Promise((resolve) => setTimeout(resolve, 2))
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => queueMicrotask(resolve))
    const every = await new Promise((resolve) => { let n = 0; const timer = setInterval(() => { if (++n === 3) { clearInterval(timer); resolve(n) } }, 1) })
    const original = { when: new Date(0), tags: new Set(['a']), deep: { list: [1] } }
    const copy = structuredClone(original)
    copy.deep.list.push(2)
    const refused = (() => { try { structuredClone(() => 1) } catch (error) { return error.name } })()
    return [seen, every, copy.when.getTime(), [...copy.tags], original.deep.list, refused, await new Blob(['a', new Uint8Array([98])]).text(), new File(['x'], 'x.txt').name]`
  expect(await surface.run(code)).toEqual([['ping'], 3, 0, ['a'], [1], 'DataCloneError', 'ab', 'x.txt'])
})

describe('cache', () => {
  test('loads once, shares a load, and forgets failures', async () => {
    const code = `
      let loads = 0
      const load = async () => { loads++; await null; return { loads } }
      cache.delete('shared')
      const [a, b] = await Promise.all([cache.load('shared', 1000, load), cache.load('shared', 1000, load)])
      const again = await cache.load('shared', -1, load)
      const failed = await cache.load('failing', 1000, async () => { throw new Error('down') }).catch((error) => error.message)
      const recovered = await cache.load('failing', 0, async () => 'up')
      const expired = await cache.load('failing', 0, async () => 'up again')
      cache.delete('failing')
      return [a === b, a === again, loads, failed, recovered, expired]`
    expect(await surface.run(code)).toEqual([true, true, 1, 'down', 'up', 'up again'])
  })

  test('keeps live values from one event to the next', async () => {
    const code = "const value = await cache.load('counter', 60000, async () => ({ count: 0 }))\nvalue.count++\nreturn value.count === calls"
    expect(await surface.run(code)).toBe(true)
  })

  test('forgets what an event did not wait for', async () => {
    const code = "if (calls === 1) { cache.load('stuck', 60000, () => fetch('https://api.example.com/').then(() => new Promise(() => {}))); return 'fine' }\nawait cache.load('stuck', 60000, async () => 'fresh')\nreturn 'fine'"
    expect(await surface.run(code)).toBe('fine')
  })

  test('says how it is called', async () => {
    expect(await surface.fails("cache.load('key')")).toBe('TypeError: cache.load(key, ttl, fn): fn must be a function.')
  })
})

describe('the global object', () => {
  test('lets authors write over everything, also before they read it', async () => {
    const names = ['_', 'moment', 'crypto', 'Buffer', 'fetch', 'cache', 'zlib', 'xml', 'Segment']
    const code = `${names.map((name) => `${name} = 'mine ${name}'`).join('\n')}\nreturn [${names.join(', ')}, globalThis.moment, window.crypto]`
    expect(await surface.run(code)).toEqual([...names.map((name) => `mine ${name}`), 'mine moment', 'mine crypto'])
  })

  test('has no names that were not documented, and no way to Node', async () => {
    const code = "return ['require', 'process', 'module', 'global', 'load', 'WebAssembly', 'SharedArrayBuffer'].filter((name) => name !== 'module' && typeof globalThis[name] !== 'undefined')"
    expect(await surface.run(code)).toEqual([])
  })

  test('still works after a poisoned one', async () => {
    const code = `
      Array.prototype[Symbol.iterator] = Map.prototype.get = Reflect.apply = eval = Object.defineProperty = () => { throw new Error('stolen') }
      return event.userId`
    expect(await surface.run(code)).toBe('u1')
  })
})

test('every documented name that is not here says what to use instead', async () => {
  const uses = {
    google: 'new google.cloud.bigquery.BigQuery()', azure: 'azure.identity', jsforce: 'new jsforce.Connection({})', nodemailjet: 'nodemailjet.nodemailjet.connect()', skyflowlib: 'skyflowlib.skyflow',
    winstonlib: 'winstonlib.winston', pg: 'new pg.pg.Client()', jsftp: 'new jsftp({})', snowflakesdk: 'snowflakesdk.snowflakesdk', clickHouseClient: 'clickHouseClient.clickHouseClient',
    oneSignal: 'oneSignal.oneSignal', akeylessLabs: 'akeylessLabs.akeyless', sentrylib: 'sentrylib.sentry.init()',
  }
  for (const [name, use] of Object.entries(uses)) expect(await surface.fails(use)).toMatch(new RegExp(`^Error: "${name}" is not available here\\. .+`))
})

test('the page of globals names what is there, no more and no less', async () => {
  const named = GLOBALS.flatMap(({ names }) => names).filter((name) => name !== 'Segment')
  const ofTheLanguage = Object.getOwnPropertyNames(runInNewContext('globalThis'))
  const there = await surface.run("return Object.getOwnPropertyNames(globalThis)") as string[]
  expect(there.filter((name) => !ofTheLanguage.includes(name) && !named.includes(name))).toEqual([])
  expect(named.filter((name) => !there.includes(name))).toEqual([])
})
