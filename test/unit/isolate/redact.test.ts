import { expect, test } from 'vitest'
import { redactResult } from '#src/isolate/redact.ts'
import type { RunResult } from '#src/isolate/runtime.ts'
import type { RunnableInstance } from '#src/model/function.ts'
import type { FunctionRequest } from '#src/model/outcome.ts'

const SECRET = 's3cr/et "quoted"'
const instance = { secrets: [SECRET, 'abc'] } as unknown as RunnableInstance

type Failure = Exclude<RunResult, { outcome: 'ok' } | { outcome: 'dropped' }>

function failed(given: { request?: Partial<FunctionRequest>, log?: string, message?: string }): Failure {
  const request = { method: 'POST', url: 'https://a.test/', headers: {}, body: '', ...given.request }
  return {
    outcome: 'retry', code: 'retry', error: { name: 'RetryError', message: given.message ?? '', stack: given.message ?? '' },
    trace: { logs: [{ level: 'log', message: given.log ?? '', at: 1 }], logsTruncated: false, requests: [request], durationMs: 1, cpuMs: 1, heapBytes: 1 },
  }
}
const redacted = (given: Parameters<typeof failed>[0]): ReturnType<typeof failed> => redactResult(failed(given), instance) as ReturnType<typeof failed>
const requestOf = (request: Partial<FunctionRequest>): FunctionRequest => redacted({ request }).trace!.requests[0]!

test.each(['authorization', 'Cookie', 'set-cookie', 'proxy-authorization', 'X-Api-Key', 'x-auth-token', 'x-hub-signature'])('the value of the header %s is hidden', (name) => {
  expect(requestOf({ headers: { [name]: 'value' } }).headers).toEqual({ [name]: '[redacted]' })
})

test.each(['content-type', 'x-author', 'accept', 'user-agent'])('the value of the header %s is shown', (name) => {
  expect(requestOf({ headers: { [name]: 'value' } }).headers).toEqual({ [name]: 'value' })
})

test('an address keeps its form and loses its credentials', () => {
  expect(requestOf({ url: 'https://me:pass@a.test:8443/x?token=1&page=2&api_key=3#f' }).url).toBe('https://[redacted]@a.test:8443/x?token=[redacted]&page=2&api_key=[redacted]#f')
})

test.each([
  ['as it is', SECRET],
  ['in JSON', JSON.stringify({ key: SECRET }).slice(8, -2)],
  ['in an address', encodeURIComponent(SECRET)],
  ['as base64', Buffer.from(SECRET).toString('base64')],
  ['in a Basic header', Buffer.from(`${SECRET}:`).toString('base64')],
])('a sensitive setting is hidden wherever it appears: %s', (_, form) => {
  const text = `before ${form} after`
  const hidden = 'before [redacted] after'
  const result = redacted({ request: { body: text, responseBody: text, error: text, headers: { 'x-note': text } }, log: text, message: text })
  expect(result.error).toMatchObject({ message: hidden, stack: hidden })
  expect(result.trace!.logs[0]!.message).toBe(hidden)
  expect(result.trace!.requests[0]).toMatchObject({ body: hidden, responseBody: hidden, error: hidden, headers: { 'x-note': hidden } })
})

test('a very short setting is left alone, since every text has it by chance', () => {
  expect(redacted({ log: 'abc' }).trace!.logs[0]!.message).toBe('abc')
})

test('a success that nobody asked to see is handed back as it is', () => {
  const result: RunResult = { outcome: 'ok', text: SECRET }
  expect(redactResult(result, instance)).toBe(result)
})
