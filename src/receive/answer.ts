/** What the doors of receive answer: always JSON, `{"success":true}` or `{code, message}`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asError, ERRORS, SluiceError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'

export const JSON_TYPE = 'application/json; charset=utf-8'
const SUCCESS = '{"success":true}'

export interface Refusal {
  status: number
  code: ErrorCode
  /** For people; says what to change where that is known. Never from an unexpected error, whose text may tell too much. */
  message: string
  /** Whole seconds, on 503 only. */
  retryAfterSeconds?: number
  /** One for each event that is wrong, where there are several. */
  errors?: unknown
}

/**
 * The answer to whatever stopped a request. A 4xx of fastify's own becomes `invalid_request`; everything unknown is `internal`.
 */
export function refusalFor(thrown: unknown): Refusal {
  const error: Error & { statusCode?: unknown } = asError(thrown)
  if (error instanceof SluiceError) {
    const { status } = ERRORS[error.code]
    const refusal: Refusal = { status, code: error.code, message: error.message }
    if (error.details['errors'] !== undefined) refusal.errors = error.details['errors']
    if (status === 503) refusal.retryAfterSeconds = limits.retryAfterSeconds
    return refusal
  }
  const { statusCode } = error
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { status: 400, code: 'invalid_request', message: error.message }
  }
  return { status: ERRORS.internal.status, code: 'internal', message: ERRORS.internal.message }
}

export function sendSuccess(reply: FastifyReply, status: 200 | 202): FastifyReply {
  return reply.code(status).header('content-type', JSON_TYPE).send(SUCCESS)
}

/** 503 carries both headers that clients look at, old browser SDKs read only the second. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(refusal.retryAfterSeconds)).header('x-ratelimit-reset', String(refusal.retryAfterSeconds))
  }
  const body = JSON.stringify({ code: refusal.code, message: refusal.message, errors: refusal.errors })
  return reply.code(refusal.status).header('content-type', JSON_TYPE).send(body)
}

const OTHER_METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']

/** 405 for all but POST and OPTIONS, before anybody reads the body. */
export function refuseOtherMethods(scope: FastifyInstance, path: string): void {
  scope.route({ method: OTHER_METHODS, url: path, exposeHeadRoute: false, onRequest: refuseMethod, handler: refuseMethod })
}

async function refuseMethod(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return sendRefusal(reply.header('allow', 'POST, OPTIONS'), refusalFor(new SluiceError('method_not_allowed')))
}
