/** The tracking API's paths, as Segment's, RudderStack's and Jitsu's clients know them. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asError, SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { JSON_TYPE, refusalFor, refuseOtherMethods, sendSuccess } from './answer.ts'
import { findSource } from './authenticate.ts'
import { clientAddress } from './client-address.ts'
import { collectBodies } from './collect-body.ts'
import { answerPreflights } from './cors.ts'
import type { Door } from './door.ts'
import { eventOfQuery, GIF } from './pixel.ts'
import { receiveCall, takeItems } from './receive-call.ts'
import type { Call, CallDeps, Caller } from './receive-call.ts'
import { CALL_TYPES, isCallType } from './validate.ts'
import type { CallType } from './validate.ts'
import { validateCall } from './validate-call.ts'

export interface Inside {
  door: Door
  deps: CallDeps
}

/** Every path that takes events, with what it takes. */
export const CALL_PATHS: ReadonlyMap<string, CallType | 'batch'> = new Map<string, CallType | 'batch'>([
  ...CALL_TYPES.flatMap((type) => [
    [`/v1/${type}`, type],
    // analytics.js's: the first letter.
    [`/v1/${type[0]}`, type],
    // Jitsu's, from browsers and from servers.
    [`/api/s/${type}`, type],
    [`/api/s/s2s/${type}`, type],
  ] as const),
  ['/v1/batch', 'batch'], ['/v1/b', 'batch'], ['/v1/import', 'batch'],
  // RudderStack's, from pages that are being closed.
  ['/beacon/v1/batch', 'batch'],
])

/** POST at each of `CALL_PATHS`, /v1/validate, and /v1/m, whose metrics are taken and dropped. */
export function addCalls(scope: FastifyInstance, { door, deps }: Inside): void {
  collectBodies(scope, limits.batchBytesMax)
  const post = (path: string, answer: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>): void => {
    scope.post(path, async (request, reply) => {
      door.pass()
      return answer(request, reply)
    })
    answerPreflights(scope, path, 'POST')
    refuseOtherMethods(scope, path)
  }
  for (const [path, type] of CALL_PATHS) {
    const isServer = path.includes('/s2s/')
    post(path, async (request, reply) => {
      const call = callOf(request, type)
      call.isServer = isServer
      await receiveCall(call, deps)
      return sendSuccess(reply, 200)
    })
  }
  post('/v1/validate', async (request, reply) =>
    reply.header('content-type', JSON_TYPE).send(JSON.stringify(await validateCall(callOf(request, 'batch'), deps))))
  post('/v1/m', async (_request, reply) => sendSuccess(reply, 200))
}

function callOf(request: FastifyRequest, type: CallType | 'batch'): Call {
  const { headers } = request.raw
  return {
    type,
    bytes: request.body instanceof Buffer ? request.body : undefined,
    authorization: headers.authorization,
    contentEncoding: headers['content-encoding'],
    writeKeyHeader: headers['x-write-key'] as string | undefined,
    userAgent: headers['user-agent'],
    query: request.query,
    address: () => clientAddress(request.ip),
  }
}

/** GET /v1/pixel/:type. Whatever happens, the answer is the pixel: a mail would show anything else as a broken image. */
export function addPixel(scope: FastifyInstance, { door, deps }: Inside): void {
  const path = '/v1/pixel/:type'
  scope.get<{ Params: { type: string }, Querystring: Record<string, string | string[] | undefined> }>(path, async (request, reply) => {
    const { headers } = request.raw
    const caller: Caller = { authorization: headers.authorization, userAgent: headers['user-agent'], query: request.query, address: () => clientAddress(request.ip) }
    try {
      door.pass()
      await receivePixel(request.params.type, { caller, query: request.query }, deps)
    } catch (thrown) {
      countLost(thrown, caller, deps)
    }
    return reply.header('content-type', 'image/gif').header('cache-control', 'no-store').send(GIF)
  })
  answerPreflights(scope, path, 'GET')
}

async function receivePixel(type: string, { caller, query }: { caller: Caller, query: Record<string, string | string[] | undefined> }, deps: CallDeps): Promise<void> {
  if (!isCallType(type)) throw new SluiceError('bad_event')
  const event = eventOfQuery(query)
  caller.body = event
  // An address that fits into a request's head is no larger than any event may be.
  await takeItems([event], { caller, receivedAtMs: deps.clock.now(), type, bytes: 0, isClient: true }, deps)
}

/** Nobody can be told, so it is counted, even where other calls would be answered with an error. */
function countLost(thrown: unknown, caller: Caller, deps: CallDeps): void {
  const { code } = refusalFor(thrown)
  const source = findSource(deps.snapshot(), caller)
  deps.refusals.add(source.ok ? source.plan.source.id : source.sourceId, code)
  if (code === 'internal') deps.log.error('a pixel could not be kept', { error: asError(thrown) })
}
