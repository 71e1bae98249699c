/** A runtime for tests: small limits, an instance from a line of code, no network but the script's. */
import { createLog } from '#src/base/log.ts'
import { systemClock } from '#src/base/clock.ts'
import type { Limits } from '#src/base/limits.ts'
import { compileFunction } from '#src/isolate/compile.ts'
import { openFunctionRuntime } from '#src/isolate/process-pool.ts'
import type { FunctionFetch, FunctionRuntime, RunResult } from '#src/isolate/runtime.ts'
import type { JsonObject } from '#src/model/event.ts'
import type { ResourceType, RunnableInstance } from '#src/model/function.ts'
import type { HttpResult } from '#src/model/http.ts'

export interface TestRuntime extends FunctionRuntime {
  instance(code: string, given?: InstanceOptions): Promise<RunnableInstance>
}

export interface InstanceOptions {
  resourceType?: ResourceType
  settings?: JsonObject
  file?: string
  workspaceId?: string
  functionId?: string
}

export async function openTestRuntime(given: { fetch?: FunctionFetch, limits?: Partial<Limits>, sandbox?: 'standard' | 'hardened', require?: string } = {}): Promise<TestRuntime> {
  const runtime = await openFunctionRuntime({
    fetch: given.fetch ?? (async () => textAnswer('{}')),
    clock: systemClock,
    log: createLog('error'),
    sandbox: given.sandbox ?? 'standard',
    ...(given.require !== undefined && { require: given.require }),
    ...(given.limits && { limits: given.limits }),
  })
  let made = 0
  return Object.assign(runtime, {
    async instance(code: string, options: InstanceOptions = {}): Promise<RunnableInstance> {
      const id = ++made
      return {
        key: `key-${id}`,
        workspaceId: options.workspaceId ?? 'ws_test',
        functionId: options.functionId ?? `fn_${id}`,
        instanceId: `ifi_${id}`,
        name: 'under test',
        resourceType: options.resourceType ?? 'INSERT_DESTINATION',
        code: await compileFunction(code, options.file ?? 'function.ts'),
        settings: options.settings ?? {},
        batchMaxCount: 20,
      }
    },
  })
}

export function textAnswer(text: string, given: Partial<Extract<HttpResult, { ok: true }>> = {}): HttpResult {
  return { ok: true, status: 200, statusText: 'OK', headers: { 'content-type': 'application/json' }, body: new TextEncoder().encode(text), url: 'https://api.example.com/', ...given }
}

export function track(index: number, properties: JsonObject = {}): string {
  return JSON.stringify({ type: 'track', event: 'Tested', messageId: `message-${index}`, userId: 'u1', properties })
}

/** "ok", or "retry/function_timeout/strike" and the like. */
export function endings(results: readonly RunResult[]): string[] {
  return results.map((result) => {
    if (result.outcome === 'ok') return 'ok'
    return [result.outcome, result.code, ...('strike' in result && result.strike ? ['strike'] : [])].join('/')
  })
}
