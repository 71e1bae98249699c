/** Functions of our own in the style of Segment's documentation and public examples; they run as they are. */
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { JsonObject } from '#src/model/event.ts'
import type { ResourceType } from '#src/model/function.ts'
import type { HttpRequest, HttpResult } from '#src/model/http.ts'
import { openTestRuntime, textAnswer, type TestRuntime } from '../run-function.ts'

let runtime: TestRuntime
let requests: HttpRequest[] = []
let answer: (request: HttpRequest) => HttpResult

beforeAll(async () => {
  runtime = await openTestRuntime({
    // So that the second event meets the isolate of the first.
    limits: { isolatesPerInstanceMax: 1 },
    sandbox: process.env.SLUICE_SANDBOX === 'hardened' ? 'hardened' : 'standard',
    fetch: async (request) => {
      requests.push(request)
      return answer(request)
    },
  })
})
afterAll(() => runtime.close())
beforeEach(() => {
  requests = []
  answer = () => textAnswer('{"ok":true}')
})

const codeOf = (name: string): string => readFileSync(new URL(`style/${name}.js`, import.meta.url), 'utf8')

/** Twice in one warm isolate. */
async function runTwice(code: string, given: { resourceType: ResourceType, payload: JsonObject, settings?: JsonObject, file?: string }) {
  const { resourceType, payload, settings = {}, file = 'function.js' } = given
  const instance = await runtime.instance(code, { resourceType, settings, file })
  const run = async () => (await runtime.run({ instance, call: resourceType === 'SOURCE' ? 'request' : 'events', payloads: [JSON.stringify(payload)] }))[0]!
  return [await run(), await run()] as const
}

const identify = { type: 'identify', messageId: 'm1', userId: 'u1', timestamp: '2026-03-01T12:00:00Z', traits: { email: 'Ada@Example.com', name: 'ada lovelace', plan: 'pro' } }
const contact = (custom: JsonObject): string => JSON.stringify({
  email: 'Ada@Example.com', name: 'Ada Lovelace', signedUp: '2026-03-01', hash: createHash('sha256').update('ada@example.com').digest('hex'), custom,
})

test('undeclared variables, module-scope headers, lodash, moment and a missing setting', async () => {
  const results = await runTwice(codeOf('crm-upsert'), { resourceType: 'DESTINATION', payload: identify })
  expect(results).toMatchObject([{ outcome: 'ok', text: '{"ok":true}' }, { outcome: 'ok' }])
  expect(requests).toHaveLength(2)
  expect(requests[1]).toMatchObject({ method: 'POST', url: 'https://crm.example.com/v2/contacts', headers: { authorization: 'Basic YXBpOnRva2Vu' }, body: contact({}) })
})

test('the same with a setting, and its errors as authors throw them', async () => {
  const settings = { customFields: ['plan'] }
  await runTwice(codeOf('crm-upsert'), { resourceType: 'DESTINATION', payload: identify, settings })
  expect(requests[0]!.body).toBe(contact({ plan: 'pro' }))
  answer = () => textAnswer('busy', { status: 503 })
  expect(await runTwice(codeOf('crm-upsert'), { resourceType: 'DESTINATION', payload: identify })).toMatchObject([{ outcome: 'retry', error: { message: 'CRM answered 503' } }, { outcome: 'retry' }])
  answer = () => textAnswer('no such list', { status: 404 })
  expect(await runTwice(codeOf('crm-upsert'), { resourceType: 'DESTINATION', payload: identify })).toMatchObject([{ outcome: 'discarded', error: { message: 'no such list' } }, {}])
  expect(await runTwice(codeOf('crm-upsert'), { resourceType: 'DESTINATION', payload: { ...identify, traits: {} } })).toMatchObject([{ outcome: 'discarded', code: 'message_rejected' }, {}])
  expect(await runTwice(codeOf('crm-upsert'), { resourceType: 'DESTINATION', payload: { ...identify, type: 'track', event: 'x' } })).toMatchObject([{ code: 'unsupported_event_type' }, {}])
})

test('a form for a token that the cache keeps, time zones and uuidv5', async () => {
  answer = ({ url }) => textAnswer(url.includes('auth') ? '{"access_token":"t1"}' : '{}', { status: url.includes('auth') ? 200 : 202 })
  const payload = { type: 'track', event: 'Order Completed', messageId: 'm1', userId: 'u1', timestamp: '2026-07-01T12:00:00Z' }
  const results = await runTwice(codeOf('form-oauth'), { resourceType: 'DESTINATION', payload, settings: { clientId: 'id', clientSecret: 'a&b' } })
  expect(results).toMatchObject([{ outcome: 'ok' }, { outcome: 'ok' }])
  expect(requests.map(({ url }) => url)).toEqual(['https://auth.example.com/oauth/token', 'https://api.example.com/events', 'https://api.example.com/events'])
  expect(requests[0]!.body).toBe('grant_type=client_credentials&client_id=id&client_secret=a%26b')
  expect(requests[1]!.headers.authorization).toBe('Bearer t1')
  expect(JSON.parse(requests[2]!.body as string)).toMatchObject({ name: 'Order Completed', at: '2026-07-01T08:00:00-04:00' })
})

test('a webhook whose signature is checked over the exact bytes', async () => {
  const body = '{"type":"order_paid", "id":"u7", "phone":"(213) 373-4253", "order":"o1", "total":12.5, "note":"a < b"}'
  const signed = (signature: string) => ({ body, headers: { 'content-type': 'application/json', 'x-signature': signature }, url: 'https://hooks.example.com/fn/source/token?source=shop' })
  const settings = { secret: 'shh' }
  const results = await runTwice(codeOf('signed-webhook'), { resourceType: 'SOURCE', payload: signed(createHmac('sha256', 'shh').update(body).digest('base64')), settings })
  const output = {
    events: [
      { type: 'identify', userId: 'u7', traits: { phone: '+12133734253' } },
      { type: 'track', event: 'Order Paid', userId: 'u7', properties: { source: 'shop', note: '<note>a &lt; b</note>' } },
    ],
    objects: [{ collection: 'orders', id: 'o1', properties: { total: 12.5 } }],
  }
  for (const result of results) expect(JSON.parse(result.outcome === 'ok' ? result.text : JSON.stringify(result))).toEqual(output)
  expect(await runTwice(codeOf('signed-webhook'), { resourceType: 'SOURCE', payload: signed('forged'), settings })).toMatchObject([{ outcome: 'discarded', code: 'message_rejected' }, {}])
})

test("the documentation's `zlib = zlib.zlib` and `uuidv5 = uuidv5.uuidv5` in an insert function", async () => {
  const details = deflateSync('{"plan":"pro","ssn":"1"}').toString('base64')
  const event = { type: 'track', event: 'x', messageId: 'm1', userId: 'u1', properties: { details, seats: 2 } }
  for (const result of await runTwice(codeOf('insert-clean'), { resourceType: 'INSERT_DESTINATION', payload: event })) {
    expect(JSON.parse(result.outcome === 'ok' ? result.text : JSON.stringify(result))).toMatchObject({ properties: { plan: 'pro', seats: 2, ref: expect.stringMatching(/^[0-9a-f-]{36}$/) as string } })
  }
  expect(await runTwice(codeOf('insert-clean'), { resourceType: 'INSERT_DESTINATION', payload: { ...event, properties: { test: true } } })).toMatchObject([{ outcome: 'dropped' }, { outcome: 'dropped' }])
})

test('the TypeScript form of the same, exported or not', async () => {
  const code = `
    interface Contact { email: string, tags?: string[] }
    const clean = (given: string): string => given.trim().toLowerCase()
    export async function onIdentify(event: { traits: { email: string } }, settings: Record<string, unknown>): Promise<Contact> {
      const contact: Contact = { email: clean(event.traits.email), tags: _.uniq(['a', 'a']) as string[] }
      const response = await fetch('https://crm.example.com/', { method: 'POST', body: JSON.stringify(contact) })
      if (!response.ok) throw new RetryError('again')
      return contact
    }`
  for (const form of [code, code.replace('export ', '')]) {
    expect(await runTwice(form, { resourceType: 'DESTINATION', payload: identify, file: 'function.ts' })).toMatchObject([{ outcome: 'ok', text: '{"email":"ada@example.com","tags":["a"]}' }, { outcome: 'ok' }])
  }
})
