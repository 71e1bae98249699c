import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Clock } from '../../../src/base/clock.ts'
import { limits } from '../../../src/base/limits.ts'
import { sendBatches } from '../../../src/cli/send-batches.ts'

interface Answer { status: number, headers?: Record<string, string>, body?: string }

/** Answers in order, the last one for ever; 'drop' closes the connection. */
let answers: (Answer | 'drop')[]
let requests: { url: string, headers: IncomingHttpHeaders, body: { batch: unknown[], sentAt: string } }[]
let slept: number[]
let server: Server
let url: string

const clock: Clock = { now: () => 0, monotonicMs: () => 0, sleep: async (ms) => { slept.push(ms) } }

beforeEach(async () => {
  answers = [{ status: 200 }]
  requests = []
  slept = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      requests.push({ url: request.url ?? '', headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as never })
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!
      if (answer === 'drop') request.socket.destroy()
      else response.writeHead(answer.status, answer.headers).end(answer.body ?? '{"success":true}')
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => new Promise((resolve) => {
  server.closeAllConnections()
  server.close(resolve)
}))

async function* two(): AsyncGenerator<string[]> {
  yield ['{"type":"page","messageId":"1"}', '{"type":"page","messageId":"2"}']
  yield ['{"type":"page","messageId":"3"}']
}

test('each batch is one request to the tracking API, with the write key', async () => {
  expect(await sendBatches(two(), { url, writeKey: 'key', clock })).toEqual({ events: 3, requests: 2, retries: 0 })
  expect(requests.map((request) => request.url)).toEqual(['/v1/batch', '/v1/batch'])
  expect(requests[0]!.headers.authorization).toBe(`Basic ${Buffer.from('key:').toString('base64')}`)
  expect(requests[0]!.body).toEqual({ batch: [{ type: 'page', messageId: '1' }, { type: 'page', messageId: '2' }], sentAt: '1970-01-01T00:00:00.000Z' })
})

test('a full server is asked again after the time it names, with the same events', async () => {
  answers = [{ status: 503, headers: { 'retry-after': '7' } }, { status: 429, headers: { 'retry-after': '0' } }, { status: 200 }]
  expect(await sendBatches(two(), { url, writeKey: 'key', clock })).toEqual({ events: 3, requests: 2, retries: 2 })
  expect(slept).toEqual([7_000, 0])
  expect(requests.map((request) => request.body.batch.length)).toEqual([2, 2, 2, 1])
})

test('a cut connection is tried again with growing waits', async () => {
  answers = ['drop', 'drop', { status: 200 }]
  expect(await sendBatches(two(), { url, writeKey: 'key', clock })).toMatchObject({ events: 3 })
  expect(slept).toEqual([1_000, 2_000])
})

test('a refusal is not tried again, and names the reason and what was accepted before it', async () => {
  answers = [{ status: 200 }, { status: 400, body: '{"errors":[{"type":"payload_too_large","message":"Exceed payload limit"}]}' }]
  await expect(sendBatches(two(), { url, writeKey: 'key', clock })).rejects.toThrow('POST /v1/batch was refused (400): Exceed payload limit\n2 events were accepted before.')
  expect(requests).toHaveLength(2)
})

test('a server that stays full is given up in the end', async () => {
  answers = [{ status: 503, body: 'busy' }]
  await expect(sendBatches(two(), { url, writeKey: 'key', clock })).rejects.toThrow('POST /v1/batch was refused (503): busy')
  expect(requests).toHaveLength(limits.sendAttemptsMax)
  expect(Math.max(...slept)).toBe(limits.sendWaitMsMax)
})

test('progress is told after each request', async () => {
  const seen: number[] = []
  await sendBatches(two(), { url, writeKey: 'key', clock, onProgress: ({ events }) => seen.push(events) })
  expect(seen).toEqual([2, 3])
})
