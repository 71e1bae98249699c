/** Runs code that is not saved, with everything a person needs to see: output, errors in their own file, logs, requests, costs. */
import { z } from 'zod'
import { SluiceError } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { limits } from '../../base/limits.ts'
import type { RunResult, RunTrace } from '../../isolate/runtime.ts'
import { textsIn } from '../../control/runnable.ts'
import { RESOURCE_TYPES, type RunnableInstance } from '../../model/function.ts'
import { soundsSecret } from '../../model/secret-name.ts'
import type { FunctionError } from '../../model/outcome.ts'
import type { ScriptedResponse } from '../preview-fetch.ts'
import type { ApiDeps, Routes } from '../route.ts'
import { SETTINGS } from '../shapes.ts'
import { requestPayload } from '../webhook-payload.ts'

const FILE = 'function.ts'

const RESPONSE = z.strictObject({
  match: z.string().min(1).max(limits.addressCharsMax),
  status: z.int().min(200).max(599).default(200),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.json().default(''),
}).transform(({ body, headers, ...rest }): ScriptedResponse => typeof body === 'string'
  ? { ...rest, headers, body }
  : { ...rest, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })

const PREVIEW = z.strictObject({
  code: z.string().min(1),
  resourceType: z.enum(RESOURCE_TYPES),
  settings: SETTINGS.default({}),
  /** Names of settings whose values are hidden in logs and requests; those that sound secret are anyway. */
  sensitive: z.array(z.string()).default([]),
  payload: z.unknown(),
  responses: z.array(RESPONSE).max(limits.previewResponsesMax).optional(),
})
type Preview = z.output<typeof PREVIEW>

interface PreviewAnswer {
  success: boolean
  output: unknown
  errors: Pick<FunctionError, 'name' | 'message' | 'file' | 'line' | 'column'>[]
  logs: RunTrace['logs']
  durationMs: number
  cpuMs: number
  heapBytes: number
  requests: RunTrace['requests']
}

export const previewRoutes: Routes = (scope, deps) => {
  scope.post('/functions/preview', { schema: { tags: ['Functions'], summary: 'Try code on a payload', body: PREVIEW } }, async ({ body }): Promise<PreviewAnswer> => {
    const payloads = payloadsOf(body, deps)
    const compiled = await deps.control.compile(body.code, FILE).catch(failedCompile)
    if ('name' in compiled) return { success: false, output: null, errors: [compiled], logs: [], durationMs: 0, cpuMs: 0, heapBytes: 0, requests: [] }
    const key = newId('run')
    const instance: RunnableInstance = {
      // Neither its isolate nor what its code does to it is shared with anything that is deployed.
      key, functionId: key, instanceId: key,
      workspaceId: deps.control.workspace().id,
      name: 'Preview',
      resourceType: body.resourceType,
      code: compiled,
      settings: body.settings,
      secrets: Object.entries(body.settings).filter(([name]) => soundsSecret(name) || body.sensitive.includes(name)).flatMap(([, value]) => textsIn(value)),
      batchMaxCount: limits.functionBatchCountMax,
    }
    const forget = body.responses ? deps.preview.script(key, body.responses) : () => undefined
    try {
      const results = await deps.runtime.run({ instance, call: callOf(body), payloads, trace: true })
      return answerOf(results, Array.isArray(body.payload))
    } finally {
      forget()
    }
  })
}

function callOf({ resourceType, payload }: Preview): 'request' | 'batch' | 'events' {
  if (resourceType === 'SOURCE') return 'request'
  return Array.isArray(payload) ? 'batch' : 'events'
}

function payloadsOf({ resourceType, payload }: Preview, { publicUrl }: ApiDeps): string[] {
  if (resourceType === 'SOURCE') return [requestPayload(payload, { field: 'payload', publicUrl: publicUrl() })]
  const events = Array.isArray(payload) ? payload as unknown[] : [payload]
  if (events.length === 0) throw refused('payload', 'must hold at least one event')
  if (events.length > limits.functionBatchCountMax) throw refused('payload', `must not hold more than ${limits.functionBatchCountMax} events`)
  return events.map((event, index) => {
    const field = Array.isArray(payload) ? `payload.${index}` : 'payload'
    if (typeof event !== 'object' || event === null || Array.isArray(event)) throw refused(field, 'must be an event, which is an object')
    if (typeof (event as { type?: unknown }).type !== 'string') throw refused(`${field}.type`, 'is required, such as "track"; it names the handler')
    return JSON.stringify(event)
  })
}

function refused(field: string, problem: string): SluiceError {
  return new SluiceError('invalid_request', { message: `${field}: ${problem}`, field })
}

/** To the editor, code that does not compile is a result like any other failure. */
function failedCompile(thrown: unknown): PreviewAnswer['errors'][number] {
  if (!(thrown instanceof SluiceError) || (thrown.code !== 'function_compile_failed' && thrown.code !== 'function_too_large')) throw thrown
  const { file, line, column } = thrown.details as { file?: string, line?: number, column?: number }
  return { name: 'CompileError', message: thrown.message, file, line, column }
}

function answerOf(results: readonly RunResult[], isBatch: boolean): PreviewAnswer {
  const outputs = results.map((result) => result.outcome === 'ok' && result.text !== '' ? JSON.parse(result.text) as unknown : null)
  const traces = distinct(results.flatMap((result) => result.trace ?? []))
  return {
    success: results.every((result) => result.outcome === 'ok' || result.outcome === 'dropped'),
    output: isBatch ? outputs : outputs[0] ?? null,
    errors: distinct(results.flatMap((result) => result.outcome !== 'ok' && result.error ? shownError(result.error) : [])),
    logs: traces.flatMap((trace) => trace.logs),
    durationMs: sum(traces, (trace) => trace.durationMs),
    cpuMs: sum(traces, (trace) => trace.cpuMs),
    heapBytes: Math.max(0, ...traces.map((trace) => trace.heapBytes)),
    requests: traces.flatMap((trace) => trace.requests),
  }
}

function shownError({ name, message, file, line, column }: FunctionError): PreviewAnswer['errors'][number] {
  return { name, message, file, line, column }
}

/** One `onBatch` call gives each of its events the same trace and error. */
function distinct<Item>(items: Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0)
}
