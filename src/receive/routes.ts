/**
 * The doors that events come in by: the tracking API and the webhooks of source functions. Everything here lives in a fastify scope
 * of its own, with its own body reader and error answers, and changes nothing outside it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type { FunctionRuntime } from '../isolate/runtime.ts'
import type { CurrentSnapshot } from '../model/snapshot.ts'
import type { Queue } from '../queue/queue.ts'
import { refusalFor, refuseOtherMethods, sendRefusal, sendSuccess } from './answer.ts'
import { addBrowserRoutes } from './browser-routes.ts'
import { addCalls, addPixel } from './call-routes.ts'
import type { Inside } from './call-routes.ts'
import { collectBodies } from './collect-body.ts'
import { allowOrigins, answerPreflights } from './cors.ts'
import { Door } from './door.ts'
import type { CallDeps } from './receive-call.ts'
import { receiveWebhook } from './receive-webhook.ts'
import type { WebhookDeps } from './receive-webhook.ts'
import type { WebhookAnswer } from './webhook-answer.ts'
import { Refusals } from './refusals.ts'

export interface ReceiveDeps {
  queue: Queue
  snapshot: CurrentSnapshot
  clock: Clock
  log: Log
  /** Runs the functions of sources that answer synchronously. */
  runtime?: FunctionRuntime
}

/**
 * Adds the tracking API (`CALL_PATHS`, the pixel, /v1/validate), what browser SDKs load first, and POST /fn/:sourceId/:token; answers 404
 * for the rest of /v1.
 * Answers: 200 or 202 `{"success":true}` once everything usable is durable; 400 `{code, message}` for a body that is too large or
 * cannot be read; 503 with Retry-After and X-RateLimit-Reset (whole seconds) when the log cannot take it. All may be read across origins.
 *
 * While fastify closes, calls are answered 503 here; for that, create it with `return503OnClosing: false`. Slow bodies are bounded by
 * its `requestTimeout`, if `http.headersTimeout` is set no larger: otherwise Node takes the larger one for bodies. Returns the counts of what was answered 200 and not kept.
 */
export function registerReceive(app: FastifyInstance, deps: ReceiveDeps): Refusals {
  const refusals = new Refusals()
  const callDeps: CallDeps = { ...deps, refusals }
  const door = new Door()
  app.register(async (scope) => {
    scope.addHook('preClose', async () => door.close())
    allowOrigins(scope)
    scope.setErrorHandler((error, request, reply) => {
      const refusal = refusalFor(error)
      if (refusal.code === 'internal') deps.log.error('receive failed', { error, url: request.routeOptions.url })
      return sendRefusal(reply, refusal)
    })
    const inside: Inside = { door, deps: callDeps }
    await scope.register(async (calls) => addCalls(calls, inside))
    await scope.register(async (pixel) => addPixel(pixel, inside))
    await scope.register(async (browser) => addBrowserRoutes(browser, deps.snapshot))
    await scope.register(async (webhooks) => addWebhooks(webhooks, { door, deps: { ...callDeps, runtime: deps.runtime } }))
    await scope.register(async (unknown) => refuseUnknown(unknown), { prefix: '/v1' })
  })
  return refusals
}

function addWebhooks(scope: FastifyInstance, { door, deps }: { door: Door, deps: WebhookDeps }): void {
  const path = '/fn/:sourceId/:token'
  collectBodies(scope, limits.webhookBytesMax)
  scope.post<{ Params: { sourceId: string, token: string } }>(path, async (request, reply) => {
    door.pass()
    const { rawHeaders, headers } = request.raw
    const body = request.body instanceof Buffer ? request.body : undefined
    const call = { ...request.params, body, rawHeaders, contentEncoding: headers['content-encoding'], url: urlOf(request) }
    const answer = await receiveWebhook(call, deps)
    return typeof answer === 'number' ? sendSuccess(reply, answer) : sendAnswer(reply, answer)
  })
  answerPreflights(scope, path, 'POST')
  refuseOtherMethods(scope, path)
}

/** A stranger's page under our own address: it may be read, but not run as a part of ours. */
function sendAnswer(reply: FastifyReply, { status, headers, body }: WebhookAnswer): FastifyReply {
  for (const [name, value] of headers) reply.header(name, value)
  return reply.code(status).header('x-content-type-options', 'nosniff').header('content-security-policy', 'sandbox').send(body)
}

/** The address as the caller wrote it; `localhost` stands in for a Host header that is missing or makes no URL. */
function urlOf(request: { protocol: string, host: string, originalUrl: string }): string {
  const url = `${request.protocol}://${request.host}${request.originalUrl}`
  return request.host !== '' && URL.canParse(url) ? url : `${request.protocol}://localhost${request.originalUrl}`
}

function refuseUnknown(scope: FastifyInstance): void {
  scope.addHook('onRequest', refuseAddress)
  scope.setNotFoundHandler(refuseAddress)
}

// Answers in a hook, so that nobody reads the body first.
async function refuseAddress(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return sendRefusal(reply, refusalFor(new SluiceError('not_found')))
}
