/** The management API over a real store, a scripted runtime and a scripted queue; called without a network. */
import fastify, { type FastifyInstance } from 'fastify'
import { systemClock } from '#src/base/clock.ts'
import { silentLog } from '#src/base/log.ts'
import { createPreviewFetch, type PreviewFetch } from '#src/api/preview-fetch.ts'
import type { ApiDeps } from '#src/api/route.ts'
import { registerApi } from '#src/api/server.ts'
import type { FunctionRuntime, Invocation, RunResult } from '#src/isolate/runtime.ts'
import type { Queue } from '#src/queue/queue.ts'
import { openTestControl, type OpenedControl } from './open-control.ts'
import { createRecordingQueue } from './recording-queue.ts'

export const TOKEN = 'token-of-the-tests'

export interface ApiAnswer {
  status: number
  // The shape is what each test is about.
  body: { [name: string]: unknown } & { data: { [name: string]: Record<string, unknown> }, errors: { type: string, message: string, field?: string, data?: unknown }[] }
  text: string
}

export interface OpenedApi extends OpenedControl {
  app: FastifyInstance
  preview: PreviewFetch
  /** What the runtime was asked, oldest first. */
  invocations: Invocation[]
  /** What the runtime answers; it hands events back as they came until told otherwise. */
  runWith(run: (invocation: Invocation) => RunResult[]): void
  call(method: string, path: string, body?: unknown): Promise<ApiAnswer>
}

export async function openTestApi(given: { queue?: Partial<Queue>, ready?: () => boolean, recentEvents?: ApiDeps['recentEvents'] } = {}): Promise<OpenedApi> {
  const opened = await openTestControl()
  const invocations: Invocation[] = []
  let run = (invocation: Invocation): RunResult[] => invocation.payloads.map((text) => ({ outcome: 'ok', text }))
  const runtime: FunctionRuntime = {
    run(invocation) {
      invocations.push(invocation)
      return Promise.resolve(run(invocation))
    },
    sandboxLevel: () => 'test',
    childPids: () => [],
    close: () => Promise.resolve(),
  }
  const app = fastify()
  const preview = createPreviewFetch()
  registerApi(app, {
    control: opened.control, db: opened.db, runtime, preview,
    queue: { ...createRecordingQueue(), ...given.queue },
    recentEvents: given.recentEvents ?? (() => []),
    adminToken: TOKEN, publicUrl: () => 'http://sluice.test', ready: given.ready ?? (() => true),
    clock: systemClock, log: silentLog,
  })
  await app.ready()
  return {
    ...opened,
    app, preview, invocations,
    runWith: (next) => { run = next },
    async call(method, path, body) {
      const response = await app.inject({
        method: method as 'GET',
        url: path,
        headers: { authorization: `Bearer ${TOKEN}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: response.statusCode, body: JSON.parse(response.body) as ApiAnswer['body'], text: response.body }
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await opened[Symbol.asyncDispose]()
    },
  }
}
