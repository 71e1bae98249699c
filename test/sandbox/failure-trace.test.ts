/** A failed invocation shows what its author needs to find the reason: logs, requests and the place in his own file. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunResult, RunTrace } from '#src/isolate/runtime.ts'
import { openTestRuntime, textAnswer, track, type InstanceOptions, type TestRuntime } from './run-function.ts'

let runtime: TestRuntime
beforeAll(async () => {
  runtime = await openTestRuntime({
    fetch: async () => textAnswer('{"answer":42}', { status: 500 }),
    limits: { functionWallMs: 1_000, functionCpuMs: 400, quarantineKills: 1_000 },
  })
})
afterAll(() => runtime.close())

async function run(code: string, payloads: readonly string[], options: InstanceOptions & { call?: 'events' | 'batch', trace?: boolean, secrets?: string[] } = {}): Promise<RunResult[]> {
  const instance = { ...await runtime.instance(code, { resourceType: 'DESTINATION', ...options }), secrets: options.secrets ?? [] }
  return runtime.run({ instance, call: options.call ?? 'events', payloads, ...(options.trace && { trace: true }) })
}

function traceOf(result: RunResult | undefined): RunTrace {
  expect(result).toHaveProperty('trace')
  return (result as { trace: RunTrace }).trace
}
const linesOf = (result: RunResult | undefined): string[] => traceOf(result).logs.map((log) => log.message)

const ASK = `await fetch('https://api.example.com/items?token=abc', { method: 'POST', headers: { Authorization: 'Bearer xyz' }, body: 'hello ' + settings.key })`

test('a thrown error has its place, its log and its requests with their answers, and no secrets', async () => {
  const [result] = await run(`async function onTrack(event, settings) {
  console.log('asking with', settings.key)
  ${ASK}
  throw new RetryError('refused ' + settings.key)
}`, [track(1)], { settings: { key: 'very-secret' }, secrets: ['very-secret'] })
  expect(result).toMatchObject({ outcome: 'retry', error: { name: 'RetryError', message: 'refused [redacted]', file: 'function.ts', line: 4, stack: expect.stringContaining('function.ts:4:') } })
  expect(linesOf(result)).toEqual(['asking with [redacted]'])
  expect(traceOf(result).requests).toEqual([{
    method: 'POST', url: 'https://api.example.com/items?token=[redacted]', headers: expect.objectContaining({ authorization: '[redacted]' }), body: 'hello [redacted]',
    status: 500, responseBody: '{"answer":42}',
  }])
  expect(JSON.stringify(result)).not.toMatch(/very-secret|xyz|abc/)
})

describe('an event that was stopped', () => {
  test.for([
    ['for waiting too long', 'await new Promise(() => undefined)', 'function_timeout'],
    ['for using the processor too long', 'while (true) {}', 'function_timeout'],
    ['for filling the memory', 'const all = []; for (;;) all.push(new Array(100000).fill(Math.random()))', 'function_memory'],
  ])('%s shows what it had logged and asked before', async ([, fatal, code]) => {
    const [before, stopped, after] = await run(`async function onTrack(event, settings) {
      console.log('at', event.messageId)
      if (event.properties.fatal) { ${ASK}; console.warn('now'); ${fatal} }
    }`, [track(1), track(2, { fatal: true }), track(3)])
    expect([before?.outcome, after?.outcome]).toEqual(['ok', 'ok'])
    expect(stopped).toMatchObject({ outcome: 'retry', code })
    expect(linesOf(stopped)).toEqual(['at message-2', 'now'])
    expect(traceOf(stopped).requests).toHaveLength(1)
    expect(traceOf(stopped).durationMs).toBeGreaterThan(0)
  })
})

test('each event of a failed batch shows what the one call logged and asked', async () => {
  const results = await run(`async function onBatch(events, settings) { console.log(events.length); ${ASK}; throw new RetryError('later') }`, [track(1), track(2)], { call: 'batch' })
  for (const result of results) {
    expect(linesOf(result)).toEqual(['2'])
    expect(traceOf(result).requests).toHaveLength(1)
  }
})

test('events of a batch that fell back to single handlers show each their own', async () => {
  const results = await run(`async function onTrack(event, settings) { console.log(event.messageId); if (event.messageId === 'message-1') ${ASK}; throw new Error('no') }`, [track(1), track(2)], { call: 'batch' })
  expect(results.map(linesOf)).toEqual([['message-1'], ['message-2']])
  expect(results.map((result) => traceOf(result).requests.length)).toEqual([1, 0])
})

test('a trace measures functions that make requests too', async () => {
  const [single] = await run(`async function onTrack(event, settings) { ${ASK}; let n = 0; for (let i = 0; i < 3e6; i++) n += i; return n }`, [track(1)], { trace: true })
  const batch = await run(`async function onBatch(events, settings) { ${ASK} }`, [track(1), track(2)], { trace: true, call: 'batch' })
  for (const result of [single, ...batch]) {
    const { durationMs, cpuMs, heapBytes, requests } = traceOf(result)
    expect(durationMs).toBeGreaterThan(0)
    expect(cpuMs).toBeGreaterThan(0)
    expect(heapBytes).toBeGreaterThan(100_000)
    expect(requests).toHaveLength(1)
  }
})
