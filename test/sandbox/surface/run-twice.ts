/** Runs an author's code as an author would, twice in one warm isolate, and gives what it returned. */
import { afterAll, beforeAll, expect } from 'vitest'
import type { HttpRequest, HttpResult } from '#src/model/http.ts'
import type { Json, JsonObject } from '#src/model/event.ts'
import { openTestRuntime, textAnswer, type TestRuntime } from '../run-function.ts'

export interface Surface {
  /** `code` is the body of an async `onTrack(event, settings)`; what it returns is the result. `top` stands before it, at module scope. */
  run(code: string, given?: { top?: string, settings?: JsonObject, payload?: JsonObject }): Promise<Json>
  /** The same for code that must fail: name and message. */
  fails(code: string, given?: { top?: string }): Promise<string>
  /** Requests since the last `run` began. */
  requests: HttpRequest[]
  answer: (request: HttpRequest) => HttpResult
}

let made = 0

/** One runtime for a file of tests. */
export function useSurface(): Surface {
  let runtime: TestRuntime
  const surface: Surface = { run, fails, requests: [], answer: () => textAnswer('{}') }
  beforeAll(async () => {
    runtime = await openTestRuntime({
      // So that the second event meets the isolate of the first.
      limits: { isolatesPerInstanceMax: 1 },
      // The same tests hold in both: SLUICE_SANDBOX=hardened runs them without the JIT compiler.
      sandbox: process.env.SLUICE_SANDBOX === 'hardened' ? 'hardened' : 'standard',
      fetch: async (request) => {
        surface.requests.push(request)
        return surface.answer(request)
      },
    })
  })
  afterAll(() => runtime.close())

  async function call(code: string, { top = '', settings = {}, payload = {} }: { top?: string, settings?: JsonObject, payload?: JsonObject }) {
    const text = `${top}\nlet calls = 0\nasync function onTrack(event, settings) {\ncalls++\n${code}\n}`
    const instance = await runtime.instance(text, { resourceType: 'DESTINATION', functionId: `fn_surface_${++made}`, settings, file: 'function.js' })
    const event = JSON.stringify({ type: 'track', event: 'Tested', messageId: `message-${made}`, userId: 'u1', ...payload })
    const once = async () => {
      surface.requests = []
      const [result] = await runtime.run({ instance, call: 'events', payloads: [event] })
      return result!
    }
    return [await once(), await once()] as const
  }

  async function run(code: string, given = {}): Promise<Json> {
    const results = (await call(code, given)).map((result) => {
      expect(result, JSON.stringify(result)).toMatchObject({ outcome: 'ok' })
      return result.outcome === 'ok' && result.text !== '' ? JSON.parse(result.text) as Json : null
    })
    // What chance and time decide is the test's to leave out.
    expect(results[1]).toEqual(results[0])
    return results[0]!
  }

  async function fails(code: string, given = {}): Promise<string> {
    const [first, second] = (await call(code, given)).map((result) => ('error' in result && result.error ? `${result.error.name}: ${result.error.message}` : JSON.stringify(result)))
    expect(second).toBe(first)
    return first!
  }

  return surface
}
