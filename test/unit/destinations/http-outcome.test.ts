import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { outcomeOfAnswer, retryAfterMs } from '../../../src/destinations/http-outcome.ts'
import type { HttpResult } from '../../../src/model/http.ts'

const NOW = Date.UTC(2026, 10, 23, 12)

describe('Retry-After', () => {
  test.each([
    ['0', 0], ['1', 1_000], [' 120 ', 120_000], ['1.5', 1_500], ['3600', 3_600_000], ['86400', limits.retryAfterMsMax], ['99999999999999999999999', limits.retryAfterMsMax],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000], ['Mon, 23 Nov 2026 11:00:00 GMT', 0], ['Fri, 31 Dec 9999 23:59:59 GMT', limits.retryAfterMsMax], ['Monday, 23-Nov-26 12:00:30 GMT', 30_000],
  ])('%j waits %i ms', (header, waitMs) => {
    expect(retryAfterMs(header, NOW)).toBe(waitMs)
  })

  test.each([undefined, '', 'soon', '-5', '1e9', '0x10', 'NaN', 'Infinity', '10 seconds', '5, 10', '2026-11-23T12:00:30Z'])('%j means nothing', (header) => {
    expect(retryAfterMs(header, NOW)).toBeUndefined()
  })
})

const answer = (status: number, extra: Partial<Extract<HttpResult, { ok: true }>> = {}): HttpResult => ({ ok: true, status, statusText: '', headers: {}, body: new Uint8Array(), url: 'http://a/', ...extra })

test('an address that can never be sent to is discarded, not tried for hours', () => {
  for (const systemCode of ['ERR_INVALID_URL', 'UND_ERR_INVALID_ARG']) {
    expect(outcomeOfAnswer({ ok: false, code: 'fetch_failed', message: 'no', systemCode }, { now: NOW })).toMatchObject({ kind: 'discarded', code: 'invalid_settings' })
  }
})

test.each(['ENOTFOUND', 'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EHOSTUNREACH', 'EAI_AGAIN', 'ETIMEDOUT', 'EREFUSED', undefined])('the network error %s is tried again', (systemCode) => {
  expect(outcomeOfAnswer({ ok: false, code: 'fetch_failed', message: 'no', systemCode }, { now: NOW })).toMatchObject({ kind: 'retry', code: 'destination_unreachable' })
})

test('a redirect that is not followed says where it points to', () => {
  expect(outcomeOfAnswer(answer(301, { headers: { location: 'https://new.example/hook' } }), { now: NOW })).toMatchObject({ kind: 'discarded', message: expect.stringContaining('https://new.example/hook') })
})

test('every status has an ending', () => {
  const kinds = Array.from({ length: 500 }, (_, at) => outcomeOfAnswer(answer(at + 100), { now: NOW }).kind)
  expect(kinds.filter((kind) => kind === 'delivered')).toHaveLength(100)
  expect(kinds.filter((kind) => kind === 'retry')).toHaveLength(102)
  expect(kinds.filter((kind) => kind === 'discarded')).toHaveLength(298)
})

test('an answer is shown as text, whatever bytes it holds', () => {
  const outcome = outcomeOfAnswer(answer(400, { body: Uint8Array.of(0x6f, 0x6b, 0xff, 0) }), { now: NOW })
  expect(outcome).toMatchObject({ detail: { status: 400, responseBody: 'ok\ufffd\0' } })
})

test('only what is long enough to be a secret is struck out', () => {
  const body = Buffer.from('key=a-secret-key; a=a')
  expect(outcomeOfAnswer(answer(400, { body }), { now: NOW, secrets: ['a-secret-key', 'a', ''] })).toMatchObject({ detail: { responseBody: 'key=…; a=a' } })
})
