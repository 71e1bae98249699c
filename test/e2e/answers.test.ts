import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from '../support/api-client.ts'
import { writeKeyHeader } from '../support/load-client.ts'
import { startSluice } from '../support/start-sluice.ts'
import type { ApiClient, SourceOf } from '../support/api-client.ts'
import type { RunningSluice } from '../support/start-sluice.ts'

let sluice: RunningSluice
let api: ApiClient
let source: SourceOf

beforeAll(async () => {
  sluice = await startSluice({ env: { SLUICE_LOG_LEVEL: 'warn' } })
  api = apiClient(sluice)
  source = await api.createSource('answers')
})

afterAll(() => sluice?.stop())

interface Answered {
  status: number
  body: Record<string, unknown>
}

async function track(path: string, body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Answered> {
  const response = await fetch(`${sluice.url}/v1/${path}`, { method: 'POST', headers: { ...writeKeyHeader(source.writeKey), ...headers }, body })
  return { status: response.status, body: await response.json() as Record<string, unknown> }
}

const accepted = async (): Promise<number> => (await api.ledger(source.id)).accepted
const padded = (bytes: number): string => JSON.stringify({ userId: 'u', event: 'Big', properties: { bulk: 'x'.repeat(bytes) } })

describe('the tracking API', () => {
  test('answers unparsable JSON 400 and names the line and column', async () => {
    const answer = await track('track', '{\n  "userId": "u",\n  "event": oops\n}')
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 'invalid_json', message: expect.stringMatching(/line 3, column 12/) })
  })

  test('answers a call of more than 32 KB 400 with "Exceed payload limit"', async () => {
    const answer = await track('track', padded(33 * 1024))
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: expect.any(String), message: expect.stringMatching(/exceed payload limit/i) })
  })

  test('answers a batch of more than 500 KB 400, and a gzip body that unpacks to more as well', async () => {
    const batch = JSON.stringify({ batch: Array.from({ length: 40 }, () => ({ type: 'track', ...JSON.parse(padded(15 * 1024)) as object })) })
    for (const answer of [await track('batch', batch), await track('batch', gzipSync(batch), { 'Content-Encoding': 'gzip' })]) {
      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({ code: 'payload_too_large', message: expect.stringMatching(/exceed payload limit/i) })
    }
  })

  test('answers a body that is not the gzip it says 400', async () => {
    const answer = await track('track', padded(10), { 'Content-Encoding': 'gzip' })
    expect(answer).toMatchObject({ status: 400, body: { code: 'encoding_unsupported', message: expect.stringMatching(/gzip/) } })
  })

  test('answers a batch of more than 2,500 events 200 and takes none of them', async () => {
    const before = await accepted()
    const answer = await track('batch', JSON.stringify({ batch: Array.from({ length: 2_501 }, () => ({ type: 'track', userId: 'u', event: 'E' })) }))
    expect(answer).toEqual({ status: 200, body: { success: true } })
    expect(await accepted()).toBe(before)
  })

  test('answers events with wrong types 200, drops these, and keeps their neighbours', async () => {
    const before = await accepted()
    const answer = await track('batch', JSON.stringify({
      batch: [
        { type: 'track', userId: 7, event: 'E' },
        { type: 'track', userId: 'u' },
        { type: 'track', event: 'nobody' },
        { type: 'track', userId: 'u', event: 'E', properties: 'none' },
        { type: 'no such type', userId: 'u' },
        { type: 'group', userId: 'u' },
        'not an event',
        { type: 'track', userId: 'u', event: 'the good one' },
      ],
    }))
    expect(answer).toEqual({ status: 200, body: { success: true } })
    expect(await accepted()).toBe(before + 1)
  })

  test('answers an unknown write key 200 and takes nothing', async () => {
    const before = await accepted()
    const answer = await track('track', padded(10), writeKeyHeader('no-such-key'))
    expect(answer.status).toBe(200)
    expect(await accepted()).toBe(before)
  })

  test('takes a call whose write key is in the body, and whose content type is text/plain', async () => {
    const before = await accepted()
    const body = JSON.stringify({ writeKey: source.writeKey, userId: 'u', event: 'E' })
    const response = await fetch(`${sluice.url}/v1/track`, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body })
    expect(response.status).toBe(200)
    expect(await accepted()).toBe(before + 1)
  })

  test('drops a repeated messageId of the same source, and not that of another one', async () => {
    const other = await api.createSource('answers-other')
    const before = await accepted()
    const body = JSON.stringify({ userId: 'u', event: 'E', messageId: 'said-twice' })
    for (let time = 0; time < 3; time++) expect((await track('track', body)).status).toBe(200)
    await track('track', body, writeKeyHeader(other.writeKey))
    expect(await accepted()).toBe(before + 1)
    expect((await api.ledger(other.id)).accepted).toBe(1)
  })
})

interface ApiError {
  type: string
  message: string
  field?: string
  data?: Record<string, unknown>
}

async function refused(method: string, path: string, body: unknown): Promise<{ status: number, error: ApiError, errors: ApiError[] }> {
  const answer = await api.request(method, path, body)
  const { errors } = answer.body as { errors: ApiError[] }
  expect(errors, `${method} ${path} was answered ${answer.status} ${JSON.stringify(answer.body)}`).toBeInstanceOf(Array)
  return { status: answer.status, error: errors[0]!, errors }
}

describe('the management API', () => {
  test.for([
    { headers: {}, reason: /Bearer/ },
    { headers: { Authorization: 'Bearer wrong' }, reason: /token/ },
  ])('answers 401 to the headers $headers and says why', async ({ headers, reason }) => {
    const response = await fetch(`${sluice.url}/api/sources`, { headers: headers as Record<string, string> })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ errors: [{ type: 'unauthorized', message: expect.stringMatching(reason) }] })
  })

  test('answers unparsable JSON 400', async () => {
    expect(await refused('POST', '/sources', '{"slug": "half')).toMatchObject({ status: 400, error: { type: 'invalid_json' } })
  })

  test('refuses an unknown key by its name', async () => {
    const answer = await refused('POST', '/sources', { slug: 'typo', nmae: 'typo', enabled: true, metadataId: 'http' })
    expect(answer).toMatchObject({ status: 400, error: { type: 'invalid_request' } })
    expect(`${answer.error.field} ${answer.error.message}`).toContain('nmae')
  })

  test('refuses a value of the wrong type and names the field', async () => {
    const answer = await refused('POST', '/sources', { slug: 'typed', name: 'typed', enabled: 'yes', metadataId: 'http' })
    expect(answer).toMatchObject({ status: 400, error: { type: 'invalid_request', field: 'enabled' } })
  })

  test("refuses an unknown key in a destination's settings, and a catalog name that does not exist", async () => {
    const settings = await refused('POST', '/destinations', { sourceId: source.id, metadataId: 'webhook', name: 'w', enabled: true, settings: { ulr: 'http://127.0.0.1:9/' } })
    expect(settings.status).toBe(400)
    expect(settings.errors.map(({ field, message }) => `${field} ${message}`).join()).toMatch(/ulr/)
    const unknown = await refused('POST', '/destinations', { sourceId: source.id, metadataId: 'webhok', name: 'w', enabled: true, settings: {} })
    expect(unknown.status).toBe(400)
    expect(`${unknown.error.field} ${unknown.error.message}`).toMatch(/webhok|metadataId/)
  })

  test('refuses code that does not compile and names file, line and column', async () => {
    const code = 'async function onTrack(event) {\n  return event\n}\n\nconst broken = = 1\n'
    const answer = await refused('POST', '/functions', { displayName: 'broken', resourceType: 'INSERT_SOURCE', code })
    expect(answer).toMatchObject({ status: 400, error: { type: 'function_compile_failed' } })
    expect(answer.error.data ?? answer.error).toMatchObject({ line: 5, column: expect.any(Number), file: expect.any(String) })
    expect(answer.error.message).toMatch(/5/)
  })

  test('refuses code above the size limit', async () => {
    const code = `// ${'x'.repeat(1024 ** 2)}`
    expect(await refused('POST', '/functions', { displayName: 'large', resourceType: 'INSERT_SOURCE', code }))
      .toMatchObject({ status: 400, error: { type: 'function_too_large' } })
  })

  test('answers an oversize body 400', async () => {
    const answer = await refused('POST', '/functions', { displayName: 'huge', resourceType: 'INSERT_SOURCE', code: 'x'.repeat(5 * 1024 ** 2) })
    expect(answer).toMatchObject({ status: 400, error: { type: 'payload_too_large' } })
  })

  test('answers 404 for what does not exist', async () => {
    expect(await refused('GET', '/sources/src_nothing', undefined)).toMatchObject({ status: 404, error: { type: 'not_found' } })
    expect(await refused('GET', '/no-such-noun', undefined)).toMatchObject({ status: 404, error: { type: 'not_found' } })
  })

  test('names the place in the author’s file when a function throws', async () => {
    const code = 'interface Order { total: number }\n\nexport function onTrack(event: { properties: Order }) {\n  throw new Error(`too much: ${event.properties.total}`)\n}\n'
    const functionId = await api.createFunction({ name: 'thrower', kind: 'INSERT_SOURCE', code })
    const [result] = await api.invoke(functionId, [{ type: 'track', userId: 'u', event: 'E', messageId: 'm', properties: { total: 9 } }])
    expect(result).toMatchObject({ outcome: 'discarded', code: 'bad_request', error: { name: 'Error', message: 'too much: 9', line: 4, file: expect.any(String) } })
  })
})

test('a bad setting ends the process with status 1 and a message that names it and what is right', async () => {
  await expect(startSluice({ env: { SLUICE_SANDBOX: 'soft', SLUICE_RETRY_BASE: '1' } })).rejects.toThrow(/status 1[\s\S]*SLUICE_SANDBOX must be one of standard, hardened[\s\S]*SLUICE_RETRY_BASE is not a setting/)
})
