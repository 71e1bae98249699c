/**
 * Runs the deployed version of a function and answers what it returned; nothing is delivered. Others embed the runtime through
 * this route, so its events pass as text: cut out of the body, into the isolate, and from there into the answer.
 */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { SluiceError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { RunResult } from '../../isolate/runtime.ts'
import type { JsonObject } from '../../model/event.ts'
import type { RunnableInstance } from '../../model/function.ts'
import { invalidJson, JSON_TYPES, readJson } from '../json-body.ts'
import type { ApiDeps, Routes } from '../route.ts'
import { BY_ID, SETTINGS } from '../shapes.ts'
import { splitInvocation } from '../split-invocation.ts'
import { requestPayload } from '../webhook-payload.ts'

export const invokeRoutes: Routes = (scope, deps) => {
  const invokable = cachedInvokable(deps)
  void scope.register(async (inner) => {
    inner.removeAllContentTypeParsers()
    inner.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer', bodyLimit: limits.apiBodyBytesMax }, (_request: FastifyRequest, bytes: Buffer, done: (error: null, body: Buffer) => void) => done(null, bytes))
    inner.post('/functions/:id/invoke', { schema: { tags: ['Functions'], summary: 'Run events through the deployed version: {events, settings?} -> {results}', params: BY_ID } }, async (request, reply) => {
      const { events, settings } = splitInvocation(Buffer.isBuffer(request.body) ? request.body : Buffer.of())
      const instance = await invokable((request.params as z.output<typeof BY_ID>).id, settings ?? '{}')
      const payloads = instance.resourceType === 'SOURCE' ? events.map((event, index) => requestPayload(readJson(event), { field: `events.${index}`, publicUrl: deps.publicUrl() })) : events
      const results = payloads.length === 0 ? [] : await deps.runtime.run({ instance, call: instance.resourceType === 'SOURCE' ? 'request' : 'events', payloads })
      return reply.type('application/json').send(answerText(results, payloads))
    })
  })
}

/** Reads a function once for each published snapshot: whatever could change it publishes a new one. */
function cachedInvokable({ control }: ApiDeps): (functionId: string, settings: string) => Promise<RunnableInstance> | RunnableInstance {
  let snapshot = control.snapshot()
  const cache = new Map<string, RunnableInstance>()
  return (functionId, settings) => {
    const current = control.snapshot()
    if (current !== snapshot || cache.size >= limits.invokableFunctionsMax) cache.clear()
    snapshot = current
    const key = `${functionId} ${settings}`
    return cache.get(key) ?? control.functions.runnable(functionId, readSettings(settings)).then((instance) => {
      if (control.snapshot() === current) cache.set(key, instance)
      return instance
    })
  }
}

function readSettings(text: string): JsonObject {
  const parsed = SETTINGS.safeParse(readJson(text))
  if (!parsed.success) throw new SluiceError('invalid_request', { message: 'settings: must be an object of values by name', field: 'settings' })
  return parsed.data
}

function answerText(results: readonly RunResult[], payloads: readonly string[]): string {
  let text = ''
  for (let index = 0; index < results.length; index++) {
    text += (index === 0 ? '' : ',') + resultText(results[index]!, payloads[index]!, index)
  }
  return `{"results":[${text}]}`
}

function resultText(result: RunResult, payload: string, index: number): string {
  if (result.outcome === 'ok') return result.text === '' ? '{"outcome":"ok"}' : `{"outcome":"ok","event":${result.text}}`
  if (result.outcome !== 'dropped') refuseMalformed(payload, index)
  const { outcome, code, error } = result
  return JSON.stringify({ outcome, code, ...(error && { error: { name: error.name, message: error.message, file: error.file, line: error.line, column: error.column } }) })
}

/** What does not come back may never have been JSON; then the call is at fault and not the function. */
function refuseMalformed(payload: string, index: number): void {
  try {
    JSON.parse(payload)
  } catch (thrown) {
    throw invalidJson(payload, { what: `events.${index}`, field: `events.${index}`, cause: thrown })
  }
}
