/** What an author's code sees and what its endings mean (contract 2.1 to 2.11). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FunctionFetch, RunResult } from '#src/isolate/runtime.ts'
import type { HttpRequest } from '#src/model/http.ts'
import { endings, openTestRuntime, textAnswer, track, type InstanceOptions, type TestRuntime } from './run-function.ts'

let runtime: TestRuntime
let answer: FunctionFetch = async () => textAnswer('{}')
beforeAll(async () => {
  runtime = await openTestRuntime({ fetch: (request, instance) => answer(request, instance), limits: { functionWallMs: 2_000, functionCpuMs: 1_000 } })
})
afterAll(() => runtime.close())

async function run(code: string, payloads: readonly string[], options: InstanceOptions & { call?: 'events' | 'batch' | 'request', trace?: boolean } = {}): Promise<RunResult[]> {
  const instance = await runtime.instance(code, options)
  return runtime.run({ instance, call: options.call ?? 'events', payloads, ...(options.trace && { trace: true }) })
}

/** The value that a destination function's onTrack returns for one event. */
async function valueOf(body: string, options: InstanceOptions = {}): Promise<unknown> {
  const [result] = await run(`async function onTrack(event, settings) { ${body} }`, [track(1)], { resourceType: 'DESTINATION', ...options })
  if (result?.outcome !== 'ok') throw new Error(`it ended as ${JSON.stringify(result)}`)
  return result.text === '' ? undefined : JSON.parse(result.text)
}

describe('handlers', () => {
  test('each type of event goes to its own handler', async () => {
    const names = ['Identify', 'Track', 'Page', 'Screen', 'Group', 'Alias', 'Delete']
    const code = names.map((name) => `function on${name}(event) { return { by: 'on${name}' } }`).join('\n')
    const results = await run(code, names.map((name) => JSON.stringify({ type: name.toLowerCase() })))
    expect(results.map((result) => result.outcome === 'ok' && JSON.parse(result.text).by)).toEqual(names.map((name) => `on${name}`))
  })

  test('an insert function passes the event on, with messageId and integrations beside it', async () => {
    const [result] = await run('export function onTrack(event: any) { event.integrations = { All: false }; return event }', [track(7)])
    expect(result).toMatchObject({ outcome: 'ok', messageId: 'message-7', integrations: '{"All":false}' })
  })

  test('texts of any script pass unharmed', async () => {
    const text = 'größer — 日本語 🎉 \u2028 " \\ \ud83c'
    const [result] = await run('function onTrack(event) { return event }', [track(1, { text })])
    expect(result?.outcome === 'ok' && JSON.parse(result.text).properties.text).toBe(text)
  })

  test.for([
    ['nothing', 'return', 'dropped/dropped_by_function'],
    ['null', 'return null', 'dropped/dropped_by_function'],
    ['a number', 'return 5', 'discarded/function_output_invalid'],
    ['an array', 'return [event]', 'discarded/function_output_invalid'],
    ['a cycle', 'event.self = event; return event', 'discarded/function_output_invalid'],
    ['a BigInt', 'event.big = 1n; return event', 'discarded/function_output_invalid'],
    ['what turns into a string', 'event.toJSON = () => "text"; return event', 'discarded/function_output_invalid'],
    ['too much', 'event.big = "x".repeat(600000); return event', 'discarded/function_output_too_large'],
    ['too much in bytes', 'event.big = "\u65e5".repeat(200000); return event', 'discarded/function_output_too_large'],
  ])('an insert function that returns %s ends as %s', async ([, body, ending]) => {
    expect(endings(await run(`function onTrack(event) { ${body} }`, [track(1)]))).toEqual([ending])
  })

  test.for([
    ['Error', 'discarded/bad_request'],
    ['TypeError', 'discarded/bad_request'],
    ['RetryError', 'retry/retry'],
    ['EventNotSupported', 'discarded/unsupported_event_type'],
    ['InvalidEventPayload', 'discarded/message_rejected'],
    ['ValidationError', 'discarded/message_rejected'],
    ['DropEvent', 'dropped/dropped_by_function'],
  ])('throwing %s ends the event as %s, thrown at once or later', async ([name, ending]) => {
    const code = `function onTrack() { throw new ${name}('why', 'more') }\nasync function onPage() { await null; throw new ${name}('why') }`
    const results = await run(code, [track(1), '{"type":"page"}'])
    expect(endings(results)).toEqual([ending, ending])
    expect(results.map((result) => result.outcome !== 'ok' && result.error)).toEqual([
      expect.objectContaining({ name, message: 'why', file: 'function.ts', line: 1 }), expect.objectContaining({ name, message: 'why', line: 2 }),
    ])
  })

  test.for([['null'], ['undefined'], ['0'], ['"text"'], ['{}'], ['Object.create(null)'], ['Symbol("s")'], ['{ get name() { throw 1 }, get message() { throw 2 }, get stack() { throw 3 } }']])(
    'throwing %s is a plain failure', async ([value]) => {
      expect(endings(await run(`function onTrack() { throw ${value} }`, [track(1), track(2)]))).toEqual(['discarded/bad_request', 'discarded/bad_request'])
    })

  test('an event without a handler is not supported, by name of its type', async () => {
    const results = await run('function onTrack(event) { return event }', ['{"type":"page"}', '{"type":"constructor"}', 'null', '[]', '5'])
    expect(new Set(endings(results))).toEqual(new Set(['discarded/unsupported_event_type']))
    expect(results[0]?.outcome !== 'ok' && results[0]?.error?.message).toContain('page')
  })

  test('code that fails while it loads discards its events with the place', async () => {
    const [result] = await run('const a = 1\nnull.b\nfunction onTrack() {}', [track(1)])
    expect(result).toMatchObject({ outcome: 'discarded', code: 'function_load_failed', error: { name: 'TypeError', line: 2, column: 6 } })
  })

  test('a payload that is not JSON costs only itself', async () => {
    expect(endings(await run('function onTrack(event) { return event }', [track(1), '{nonsense', track(2), '1,2']))).toEqual(['ok', 'discarded/bad_event', 'ok', 'discarded/bad_event'])
  })

  test('settings are a fresh copy, so that what one frame does to them the next does not see', async () => {
    const instance = await runtime.instance('function onTrack(event, settings) { event.properties.n = ++settings.n.deep; return event }', { settings: { n: { deep: 1 } } })
    for (let i = 0; i < 3; i++) {
      const [result] = await runtime.run({ instance, call: 'events', payloads: [track(1)] })
      expect(result?.outcome === 'ok' && JSON.parse(result.text).properties.n).toBe(2)
    }
  })

  test('module variables survive between events of one instance, and no instance sees another\'s', async () => {
    const code = 'let n = 0\nfunction onTrack() { return ++n }'
    const [one, two] = [await runtime.instance(code, { resourceType: 'DESTINATION' }), await runtime.instance(code, { resourceType: 'DESTINATION' })]
    const texts = []
    for (const instance of [one, two, one]) texts.push(...await runtime.run({ instance, call: 'events', payloads: [track(1), track(2)] }))
    expect(texts.map((result) => result.outcome === 'ok' && result.text)).toEqual(['1', '2', '1', '2', '3', '4'])
  })

  test('many small calls at once all get their own answers', async () => {
    const instance = await runtime.instance('function onTrack(event) { return event.properties.i }', { resourceType: 'DESTINATION' })
    const results = await Promise.all(Array.from({ length: 500 }, (_, i) => runtime.run({ instance, call: 'events', payloads: [track(i, { i })] })))
    expect(results.map(([result]) => result?.outcome === 'ok' && Number(result.text))).toEqual(Array.from({ length: 500 }, (_, i) => i))
  })
})

describe('what a function finds', () => {
  test('window and this are the global object, and undeclared variables can be assigned', async () => {
    expect(await valueOf('undeclared = 1; return [window === globalThis, (function () { return this === window })(), undeclared]')).toEqual([true, true, 1])
  })

  test('there is no way to the host', async () => {
    const names = ['require', 'process', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'ivm', 'guest', 'boot']
    const code = `function onTrack() { return [${names.map((name) => `typeof ${name}`).join(', ')}, Object.keys(window).length, typeof (() => 1).constructor('return this')().process] }`
    const [result] = await run(code, [track(1)], { resourceType: 'DESTINATION' })
    expect(result?.outcome === 'ok' && JSON.parse(result.text)).toEqual([...names.map(() => 'undefined'), 0, 'undefined'])
  })

  test('globals are writable, as examples of Segment need', async () => {
    expect(await valueOf('fetch = 5; console = 6; RetryError = 7; return [fetch, console, RetryError]')).toEqual([5, 6, 7])
  })

  test('atob and btoa', async () => {
    expect(await valueOf('return [btoa("user:pass"), atob("dXNlcjpwYXNz"), btoa(atob("/+8="))]')).toEqual(['dXNlcjpwYXNz', 'user:pass', '/+8='])
  })

  test('URL and URLSearchParams', async () => {
    expect(await valueOf('const u = new URL("../b?c=d e#f", "https://example.com/a/x"); u.searchParams.set("g", "h&i"); return [u.href, u.hostname, String(new URLSearchParams({ a: "1 2" }))]'))
      .toEqual(['https://example.com/b?c=d+e&g=h%26i#f', 'example.com', 'a=1+2'])
  })

  test('timers fire in order, and a cleared one does not', async () => {
    expect(await valueOf(`const seen = []
      const cleared = setTimeout(() => seen.push('never'), 5)
      clearTimeout(cleared)
      setTimeout((a) => seen.push(a), 30, 'second')
      setTimeout(() => seen.push('first'), 5)
      let ticks = 0
      await new Promise((resolve) => { const id = setInterval(() => { if (++ticks === 3) { clearInterval(id); setTimeout(resolve, 40) } }, 5) })
      return [seen, ticks]`)).toEqual([['first', 'second'], 3])
  })

  test('a timer that an event leaves behind ends with it', async () => {
    const code = 'let late = 0\nfunction onTrack() { setInterval(() => late++, 1); return late }\nasync function onPage() { await new Promise((r) => setTimeout(r, 50)); return late }'
    const results = await run(code, [track(1), '{"type":"page"}'], { resourceType: 'DESTINATION' })
    expect(results.map((result) => result.outcome === 'ok' && result.text)).toEqual(['0', '0'])
  })

  test('logs are kept of failures, with the values as they were', async () => {
    const [, result] = await run(`function onTrack(event) {
      if (event.properties.fine) { console.log('of a success'); return event }
      const o = { a: [1, 'x', null], f() {} }
      console.log('got %s %d%%', 'it', 5, o, new Error('inner').message); o.a = 0
      console.error(undefined, true, new Map([['k', 1]])); console.warn('w')
      throw new Error('end') }`, [track(1, { fine: true }), track(2)])
    const logs = result?.outcome === 'discarded' ? result.trace?.logs : undefined
    expect(logs?.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "log got it 5% { a: [ 1, \"x\", null ], f: [Function: f] } inner", 'error undefined true Map(1) [ [ "k", 1 ] ]', 'warn w',
    ])
  })

  test('a trace shows logs, requests and measures of a success too', async () => {
    const [result] = await run('async function onTrack(event) { console.log("seen"); await fetch("https://api.example.com/x", { method: "post", body: "b" }); return event }', [track(1)], { trace: true })
    expect(result).toMatchObject({
      outcome: 'ok',
      trace: { logs: [{ level: 'log', message: 'seen' }], logsTruncated: false, requests: [{ method: 'POST', url: 'https://api.example.com/x', body: 'b', status: 200, responseBody: '{}' }] },
    })
    expect(result?.trace?.durationMs).toBeGreaterThan(0)
  })
})

describe('fetch', () => {
  test('sends what node-fetch 2 would, and gives its Response', async () => {
    const sent: HttpRequest[] = []
    answer = async (request) => {
      sent.push(request)
      return textAnswer('{"a":"ü"}', { status: 404, statusText: 'Not Found', headers: { 'x-one': '1' } })
    }
    const value = await valueOf(`const r = await fetch(new URL('https://api.example.com/p?q=1'), { method: 'put', headers: new Headers({ 'X-Key': 'k' }), body: JSON.stringify({ b: 1 }) })
      return [r.ok, r.status, r.statusText, r.headers.get('X-ONE'), await r.json(), r.bodyUsed]`)
    expect(value).toEqual([false, 404, 'Not Found', '1', { a: 'ü' }, true])
    expect(sent).toEqual([expect.objectContaining({ url: 'https://api.example.com/p?q=1', method: 'PUT', headers: { 'x-key': 'k', 'content-type': 'text/plain;charset=UTF-8' }, body: '{"b":1}' })])
  })

  test('bytes come and go as bytes', async () => {
    answer = async (request) => textAnswer('', { body: new Uint8Array([255, 0, ...(request.body as Uint8Array)]) })
    expect(await valueOf(`const r = await fetch('https://api.example.com/', { method: 'POST', body: new Uint8Array([1, 254]) })
      return [...new Uint8Array(await r.arrayBuffer())]`)).toEqual([255, 0, 1, 254])
  })

  test.for([
    ['a name that does not resolve', { code: 'fetch_failed', message: 'getaddrinfo ENOTFOUND foo', systemCode: 'ENOTFOUND' }, ['FetchError', 'request to https://foo/ failed, reason: getaddrinfo ENOTFOUND foo', 'ENOTFOUND', 'system']],
    ['a blocked address', { code: 'fetch_blocked', message: 'refused' }, ['FetchError', 'request to https://foo/ failed, reason: refused', 'fetch_blocked', 'system']],
    ['no answer in time', { code: 'fetch_timeout', message: 'slow' }, ['FetchError', 'network timeout at: https://foo/', 'fetch_timeout', 'request-timeout']],
  ] as const)('rejects with a FetchError for %s', async ([, failure, expected]) => {
    answer = async () => ({ ok: false, ...failure })
    expect(await valueOf('try { await fetch("https://foo/") } catch (e) { return [e.name, e.message, e.code, e.type] }')).toEqual(expected)
  })

  test('refuses what has no absolute http address', async () => {
    expect(await valueOf('return Promise.all(["/relative", "ftp://example.com/", "javascript:1"].map((url) => fetch(url).catch((e) => e.message)))'))
      .toEqual(['Only absolute URLs are supported', 'Only HTTP(S) protocols are supported', 'Only HTTP(S) protocols are supported'])
  })

  test('is refused above its limit for one event, and free again for the next', async () => {
    answer = async () => textAnswer('1')
    const code = 'async function onTrack() { let n = 0; try { while (true) { await fetch("https://api.example.com/"); n++ } } catch (e) { return [n, e.name] } }'
    const results = await run(code, [track(1), track(2)], { resourceType: 'DESTINATION' })
    expect(results.map((result) => result.outcome === 'ok' && result.text)).toEqual(['[50,"FetchError"]', '[50,"FetchError"]'])
  })

  test('an answer that comes after its event has ended is refused', async () => {
    answer = () => new Promise((resolve) => setTimeout(() => resolve(textAnswer('1')), 100))
    const code = `let state = 'waiting'
      function onTrack() { fetch('https://api.example.com/').then(() => { state = 'answered' }, (e) => { state = e.message }) }
      async function onPage() { await new Promise((r) => setTimeout(r, 200)); return state }`
    const [, result] = await run(code, [track(1), '{"type":"page"}'], { resourceType: 'DESTINATION' })
    expect(result?.outcome === 'ok' && result.text).toContain('had already ended')
  })

  test('a request in flight is not sent again because a later event of its frame falls', async () => {
    let sent = 0
    answer = async () => {
      sent++
      return textAnswer('1')
    }
    const code = 'async function onTrack(event) { if (event.properties.loop) while (true) {}; await fetch("https://api.example.com/"); return event }'
    const results = await run(code, [track(1), track(2), track(3, { loop: true })])
    expect(endings(results)).toEqual(['ok', 'ok', 'retry/function_timeout/strike'])
    expect(sent).toBe(2)
  })
})

describe('source functions', () => {
  const request = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }): string =>
    JSON.stringify({ body, headers, url: 'https://hooks.example.com/fn/a/b?shop=1' })

  test('put out events and objects, copied at the call', async () => {
    const [result] = await run(`async function onRequest(request, settings) {
      const body = await request.json()
      const properties = { n: body.n }
      Segment.track({ event: 'E', userId: 'u', properties, ignored: 1, context: {} })
      properties.n = 'changed'
      Segment.set({ collection: 'rows', id: 0, properties: { shop: request.url.searchParams.get('shop'), type: request.headers.get('Content-Type') } })
      Segment.group({ groupId: 'g' })
    }`, [request('{"n":1}')], { call: 'request', resourceType: 'SOURCE' })
    expect(result?.outcome === 'ok' && JSON.parse(result.text)).toEqual({
      events: [{ type: 'track', userId: 'u', context: {}, event: 'E', properties: { n: 1 } }, { type: 'group', groupId: 'g' }],
      objects: [{ collection: 'rows', id: 0, properties: { shop: '1', type: 'application/json' } }],
    })
  })

  test('a throw takes back what the call had put out, and the next call starts empty', async () => {
    const code = 'function onRequest(request) { Segment.identify({ userId: request.text() }); if (request.text() === "bad") throw new Error("no") }'
    const results = await run(code, [request('bad'), request('good')], { call: 'request', resourceType: 'SOURCE' })
    expect(endings(results)).toEqual(['discarded/bad_request', 'ok'])
    expect(results[1]?.outcome === 'ok' && JSON.parse(results[1].text).events).toEqual([{ type: 'identify', userId: 'good' }])
  })

  test.for([
    ['Segment.track({ userId: "u" })', 'event is required but not defined'],
    ['Segment.track({ event: "e" })', 'One of userId,anonymousId is required but not defined'],
    ['Segment.alias({ userId: "u" })', 'previousId is required but not defined'],
    ['Segment.set({ id: 1 })', 'collection is required but not defined'],
  ])('%s is a ValidationError', async ([call, message]) => {
    const [result] = await run(`function onRequest() { ${call} }`, [request('{}')], { call: 'request', resourceType: 'SOURCE' })
    expect(result).toMatchObject({ outcome: 'discarded', code: 'message_rejected', error: { name: 'ValidationError', message } })
  })

  test('form bodies are an object of fields', async () => {
    const code = 'function onRequest(request) { Segment.identify({ userId: request.json().user }) }'
    const [result] = await run(code, [request('user=a+b&x=1', { 'Content-Type': 'application/x-www-form-urlencoded' })], { call: 'request', resourceType: 'SOURCE' })
    expect(result?.outcome === 'ok' && JSON.parse(result.text).events[0].userId).toBe('a b')
  })
})

describe('onBatch', () => {
  const three = [track(0), track(1), track(2)]
  const batch = (body: string, resourceType: 'DESTINATION' | 'INSERT_DESTINATION'): Promise<RunResult[]> =>
    run(`async function onBatch(events, settings) { ${body} }`, three, { call: 'batch', resourceType })

  test('of a destination succeeds as a whole when it returns nothing', async () => {
    expect(endings(await batch('if (events.length !== 3) throw 1', 'DESTINATION'))).toEqual(['ok', 'ok', 'ok'])
  })

  test('of a destination ends each event by its status', async () => {
    const results = await batch('return [{ status: 200 }, { status: 400, errormessage: "bad" }, { status: 503 }]', 'DESTINATION')
    expect(endings(results)).toEqual(['ok', 'discarded/bad_request', 'retry/retry'])
    expect(results[1]?.outcome !== 'ok' && results[1]?.error?.message).toBe('400: bad')
  })

  test('of a destination with results of another length counts as success', async () => {
    expect(endings(await batch('return [{ status: 500 }]', 'DESTINATION'))).toEqual(['ok', 'ok', 'ok'])
  })

  test('that throws ends the whole batch', async () => {
    expect(endings(await batch('throw new RetryError("later")', 'DESTINATION'))).toEqual(['retry/retry', 'retry/retry', 'retry/retry'])
    expect(endings(await batch('throw new Error("never")', 'DESTINATION'))).toEqual(['discarded/bad_request', 'discarded/bad_request', 'discarded/bad_request'])
  })

  test('of an insert function is paired by messageId, and what is missing or a hole was filtered', async () => {
    const results = await batch('const [a, b, c] = events; c.seen = true; return [c, undefined, a]', 'INSERT_DESTINATION')
    expect(endings(results)).toEqual(['ok', 'dropped/dropped_by_function', 'ok'])
    expect(results.map((result) => result.outcome === 'ok' && result.messageId)).toEqual(['message-0', false, 'message-2'])
  })

  test('of an insert function is paired by position where the length is the same and ids are gone', async () => {
    const results = await batch('return events.map((event, i) => ({ type: "track", i }))', 'INSERT_DESTINATION')
    expect(results.map((result) => result.outcome === 'ok' && JSON.parse(result.text).i)).toEqual([0, 1, 2])
  })

  test('that is missing falls back to the handlers of single events', async () => {
    expect(endings(await run('function onTrack() {}', three, { call: 'batch', resourceType: 'DESTINATION' }))).toEqual(['ok', 'ok', 'ok'])
  })

  test('that waits too long is retried as a whole', async () => {
    expect(endings(await batch('await new Promise(() => {})', 'DESTINATION'))).toEqual(['retry/function_timeout', 'retry/function_timeout', 'retry/function_timeout'])
  })
})
