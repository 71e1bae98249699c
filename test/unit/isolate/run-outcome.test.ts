import { expect, test } from 'vitest'
import { limits } from '#src/base/limits.ts'
import { outcomeOfFailure } from '#src/isolate/run-outcome.ts'
import type { RunTrace } from '#src/isolate/runtime.ts'
import type { FunctionRequest } from '#src/model/outcome.ts'

const error = { name: 'Error', message: 'no' }
function detailOf(trace: Partial<RunTrace>) {
  const outcome = outcomeOfFailure({ outcome: 'discarded', code: 'bad_request', error, trace: { logs: [], logsTruncated: false, requests: [], durationMs: 1, cpuMs: 1, heapBytes: 1, ...trace } })
  return outcome.detail
}
const request = (index: number, body = ''): FunctionRequest => ({ method: 'POST', url: `https://a.test/${index}`, headers: {}, body, status: 200, responseBody: body })

test('a failure keeps its error, its log lines and its requests', () => {
  const logs = [{ level: 'log' as const, message: 'hello', at: 1 }]
  expect(detailOf({ logs, logsTruncated: true, requests: [request(1)] })).toEqual({ error, logs, logsTruncated: true, requests: [request(1)] })
  expect(detailOf({})).toEqual({ error })
})

test('of many or large requests the last ones are kept, cut to a bound and marked', () => {
  const detail = detailOf({ requests: Array.from({ length: 50 }, (_, index) => request(index, 'x'.repeat(64_000))) })!
  const kept = detail.requests!
  expect(detail.requestsTruncated).toBe(true)
  expect(kept.at(-1)).toMatchObject({ url: 'https://a.test/49', body: 'x'.repeat(limits.responseBytesShown), responseBody: 'x'.repeat(limits.responseBytesShown) })
  expect(JSON.stringify(kept).length).toBeLessThan(limits.functionRequestBytesShown * 2)
})
