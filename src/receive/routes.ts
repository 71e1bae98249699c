/**
 * The doors that events come in by: the tracking API and the webhooks of source functions. Everything here lives in a fastify scope
 * of its own, with its own body reader and error answers, and changes nothing outside it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type { CurrentSnapshot } from '../model/snapshot.ts'
import type { Queue } from '../queue/queue.ts'
import { refusalFor, sendRefusal, sendSuccess } from './answer.ts'
import { collectBodies } from './collect-body.ts'
import { receiveCall } from './receive-call.ts'
import type { CallDeps } from './receive-call.ts'
import { receiveWebhook } from './receive-webhook.ts'
import { Refusals } from './refusals.ts'
import { CALL_TYPES } from './validate.ts'
import type { CallType } from './validate.ts'

export interface ReceiveDeps {
  queue: Queue
  snapshot: CurrentSnapshot
  clock: Clock
  log: Log
}

/** Refused with 405. HEAD and OPTIONS are not: they carry other meanings (health checks, CORS). */
const OTHER_METHODS = ['GET', 'PUT', 'PATCH', 'DELETE']

/**
 * Adds POST /v1/{identify,track,page,screen,group,alias,batch} and POST /fn/:sourceId/:token, and answers 404 for the rest of /v1.
 * Answers: 200 or 202 `{"success":true}` once everything usable is durable; 400 `{code, message}` for a body that is too large or
 * cannot be read; 503 with Retry-After and X-RateLimit-Reset (whole seconds) when the log cannot take it.
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
    scope.setErrorHandler((error, request, reply) => {
      const refusal = refusalFor(error)
      if (refusal.code === 'internal') deps.log.error('receive failed', { error, url: request.routeOptions.url })
      return sendRefusal(reply, refusal)
    })
    const inside: Inside = { door, deps: callDeps }
    await scope.register(async (calls) => addCalls(calls, CALL_TYPES, limits.eventBytesMax, inside), { prefix: '/v1' })
    await scope.register(async (batches) => addCalls(batches, ['batch'], limits.batchBytesMax, inside), { prefix: '/v1' })
    await scope.register(async (webhooks) => addWebhooks(webhooks, inside))
    await scope.register(async (unknown) => refuseUnknown(unknown), { prefix: '/v1' })
  })
  return refusals
}

/** Shut when fastify begins to close: what comes then on open connections may find the queue gone. */
class Door {
  #open = true

  close(): void {
    this.#open = false
  }

  /** @throws SluiceError shutting_down */
  pass(): void {
    if (!this.#open) throw new SluiceError('shutting_down')
  }
}

interface Inside {
  door: Door
  deps: CallDeps
}

function addCalls(scope: FastifyInstance, types: readonly (CallType | 'batch')[], bytesMax: number, { door, deps }: Inside): void {
  collectBodies(scope, bytesMax)
  for (const type of types) {
    scope.post(`/${type}`, async (request, reply) => {
      door.pass()
      const { headers } = request.raw
      await receiveCall({ type, body: bodyOf(request), authorization: headers.authorization, contentEncoding: headers['content-encoding'] }, deps)
      return sendSuccess(reply, 200)
    })
    refuseOtherMethods(scope, `/${type}`)
  }
}

function addWebhooks(scope: FastifyInstance, { door, deps }: Inside): void {
  const path = '/fn/:sourceId/:token'
  collectBodies(scope, limits.webhookBytesMax)
  scope.post<{ Params: { sourceId: string, token: string } }>(path, async (request, reply) => {
    door.pass()
    const { rawHeaders, headers } = request.raw
    const call = { ...request.params, body: bodyOf(request), rawHeaders, contentEncoding: headers['content-encoding'], url: urlOf(request) }
    return sendSuccess(reply, await receiveWebhook(call, deps))
  })
  refuseOtherMethods(scope, path)
}

function bodyOf(request: { body: unknown }): Buffer | undefined {
  return request.body instanceof Buffer ? request.body : undefined
}

/** The address as the caller wrote it; `localhost` stands in for a Host header that is missing or makes no URL. */
function urlOf(request: { protocol: string, host: string, originalUrl: string }): string {
  const url = `${request.protocol}://${request.host}${request.originalUrl}`
  return request.host !== '' && URL.canParse(url) ? url : `${request.protocol}://localhost${request.originalUrl}`
}

function refuseOtherMethods(scope: FastifyInstance, path: string): void {
  scope.route({ method: OTHER_METHODS, url: path, exposeHeadRoute: false, onRequest: refuseMethod, handler: refuseMethod })
}

function refuseUnknown(scope: FastifyInstance): void {
  scope.addHook('onRequest', refuseAddress)
  scope.setNotFoundHandler(refuseAddress)
}

// These answer in hooks, so that nobody reads the body first.
async function refuseMethod(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return sendRefusal(reply.header('allow', 'POST'), refusalFor(new SluiceError('method_not_allowed')))
}

async function refuseAddress(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return sendRefusal(reply, refusalFor(new SluiceError('not_found')))
}
