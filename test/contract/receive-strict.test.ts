/** Telling callers what is wrong: strict sources, and /v1/validate. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startReceive } from '../support/receive-server.ts'
import type { ReceiveServer } from '../support/receive-server.ts'

const TRACK = { type: 'track', event: 'E', userId: 'u' }

let server: ReceiveServer
beforeEach(async () => {
  server = await startReceive()
})
afterEach(() => server.close())

async function post(path: string, body: unknown, key: string): Promise<[number, unknown]> {
  const response = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body), headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` } })
  return [response.status, await response.json()]
}

const WRONG: [what: string, event: unknown, problem: object][] = [
  ['no id', { type: 'track', event: 'E' }, { code: 'no_user_anon_id', field: 'userId' }],
  ['an id that is a number', { ...TRACK, anonymousId: 7 }, { code: 'id_not_string', field: 'anonymousId', message: expect.stringContaining('a number') }],
  ['no groupId', { type: 'group', userId: 'u' }, { code: 'id_required', field: 'groupId' }],
  ['no previousId', { type: 'alias', userId: 'u' }, { code: 'id_required', field: 'previousId' }],
  ['no event', { type: 'track', userId: 'u' }, { code: 'event_not_defined', field: 'event' }],
  ['an event that is an object', { ...TRACK, event: {} }, { code: 'event_not_string', field: 'event', message: expect.stringContaining('an object') }],
  ['properties that are an array', { ...TRACK, properties: [] }, { code: 'properties_not_object', field: 'properties', message: expect.stringContaining('an array') }],
  ['traits that are a string', { type: 'identify', userId: 'u', traits: 'x' }, { code: 'traits_not_object', field: 'traits' }],
  ['an empty name', { type: 'page', userId: 'u', name: '' }, { code: 'name_not_string', field: 'name' }],
  ['a category that is a number', { type: 'page', userId: 'u', category: 1 }, { code: 'category_not_string', field: 'category' }],
  ['an unknown type', { ...TRACK, type: 'purchase' }, { code: 'bad_event', field: 'type', message: expect.stringContaining('"purchase"') }],
  ['no object at all', 7, { code: 'bad_event', message: expect.stringContaining('a number') }],
  ['33 KB', { ...TRACK, properties: { text: 'x'.repeat(33 * 1024) } }, { code: 'event_too_large' }],
  ['600 levels', { ...TRACK, properties: { deep: JSON.parse('['.repeat(600) + ']'.repeat(600)) as unknown } }, { code: 'bad_event', message: expect.stringContaining('500 levels') }],
]

describe('a strict source', () => {
  it.each(WRONG)('refuses a batch with an event of %s as a whole and says which and why', async (_what, event, problem) => {
    expect(await post('/v1/batch', { batch: [TRACK, event] }, 'key_strict')).toEqual([400, {
      code: 'events_refused', message: expect.any(String), errors: [{ message: expect.any(String), ...problem, index: 1 }],
    }])
    expect(server.queue.appended).toEqual([])
  })

  it('names every wrong event', async () => {
    const [status, answer] = await post('/v1/batch', { batch: [7, TRACK, { ...TRACK, userId: 1 }] }, 'key_strict')
    expect([status, answer]).toMatchObject([400, { errors: [{ index: 0 }, { index: 2 }] }])
  })

  it('refuses single calls, and batches of none or too many', async () => {
    expect(await post('/v1/track', { userId: 'u' }, 'key_strict')).toMatchObject([400, { errors: [{ index: 0, code: 'event_not_defined' }] }])
    expect(await post('/v1/batch', { batch: [] }, 'key_strict')).toMatchObject([400, { errors: [{ code: 'empty_batch' }] }])
    expect(await post('/v1/batch', { batch: Array.from({ length: 2_501 }, () => TRACK) }, 'key_strict')).toMatchObject([400, { errors: [{ code: 'batch_too_long' }] }])
  })

  it('takes what is right', async () => {
    expect(await post('/v1/batch', { batch: [TRACK] }, 'key_strict')).toEqual([200, { success: true }])
    expect(server.queue.events()).toHaveLength(1)
  })
})

describe('POST /v1/validate', () => {
  it.each(WRONG)('says what is wrong with an event of %s, and keeps nothing', async (_what, event, problem) => {
    expect(await post('/v1/validate', { batch: [TRACK, event] }, 'key_on')).toEqual([200, {
      valid: false, events: 2, errors: [{ message: expect.any(String), ...problem, index: 1 }], warnings: [],
    }])
    expect([server.queue.appended, server.refusals.list()]).toEqual([[], []])
  })

  it('says all of what is wrong with one event', async () => {
    const [, answer] = await post('/v1/validate', { type: 'track', userId: 7, properties: 'x' }, 'key_on')
    expect(answer).toMatchObject({ events: 1, errors: [{ index: 0, code: 'id_not_string' }, { index: 0, code: 'event_not_defined' }, { index: 0, code: 'properties_not_object' }] })
  })

  it('is content with a good event', async () => {
    expect(await post('/v1/validate', TRACK, 'key_on')).toEqual([200, { valid: true, events: 1, errors: [], warnings: [] }])
  })

  it.each([
    ['an unknown write key', [TRACK], 'nobody', 'unknown_source'],
    ['a disabled source', [TRACK], 'key_off', 'source_disabled'],
    ['no events', [], 'key_on', 'empty_batch'],
    ['too many events', Array.from({ length: 2_501 }, () => TRACK), 'key_on', 'batch_too_long'],
  ])('says that there is %s', async (_what, batch, key, code) => {
    expect(await post('/v1/validate', { batch }, key)).toMatchObject([200, { valid: false, errors: [{ code, message: expect.any(String) }] }])
  })

  it('warns of what is taken and yet not kept as it is', async () => {
    const [, answer] = await post('/v1/validate', { ...TRACK, timestamp: 'yesterday', sentAt: 7, messageId: 7, context: [], user_id: 'u', anonymus_id: 'a' }, 'key_on')
    expect(answer).toMatchObject({ valid: true, errors: [], warnings: ['timestamp', 'sentAt', 'messageId', 'context', 'anonymus_id'].map((field) => ({ index: 0, field, message: expect.any(String) })) })
  })

  it('refuses what cannot be read as the other calls do', async () => {
    const response = await fetch(`${server.url}/v1/validate`, { method: 'POST', body: '{"batch":[{]}' })
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid_json' }])
  })
})
