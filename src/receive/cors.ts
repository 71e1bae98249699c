/**
 * Browsers ask before they send across origins: since 1.84 analytics.js does so for every call, as it sends `Authorization`. Any
 * origin may, and with credentials, which is why the origin is named and not "*": a write key is public, and nothing here reads cookies.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../base/limits.ts'

/** What known clients send; whatever else a browser asks for is allowed too, since people configure headers of their own. */
const REQUEST_HEADERS = [
  'authorization', 'content-type', 'content-encoding', 'x-retry-count', 'x-write-key', 'x-ip-policy', 'anonymousid', 'sentat',
  'rsa-retry-attempt', 'rsa-retry-reason', 'rsa-since-last-attempt', 'rsa-since-first-attempt',
]
const ANSWER_HEADERS = 'Retry-After, X-RateLimit-Reset'
const HEADER_NAMES = /^[\w\-, ]{1,2000}$/

/** Every answer of this scope, refusals too, may be read by the page that asked. */
export function allowOrigins(scope: FastifyInstance): void {
  scope.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.raw.headers
    if (origin !== undefined) {
      reply.header('access-control-allow-origin', origin).header('access-control-allow-credentials', 'true')
        .header('access-control-expose-headers', ANSWER_HEADERS).header('vary', 'Origin')
    }
    done()
  })
}

/** Answers OPTIONS at `path`, which takes `method` otherwise. */
export function answerPreflights(scope: FastifyInstance, path: string, method: 'GET' | 'POST'): void {
  scope.options(path, (request, reply) => sendPreflight(request, reply, method))
}

function sendPreflight(request: FastifyRequest, reply: FastifyReply, method: string): FastifyReply {
  const { headers } = request.raw
  reply.code(204).header('allow', `${method}, OPTIONS`)
  if (headers.origin === undefined) return reply.send()
  const asked = headers['access-control-request-headers']
  return reply.header('access-control-allow-methods', `${method}, OPTIONS`)
    .header('access-control-allow-headers', typeof asked === 'string' && HEADER_NAMES.test(asked) ? asked : REQUEST_HEADERS.join(', '))
    .header('access-control-max-age', String(limits.preflightSeconds))
    .header('vary', 'Origin, Access-Control-Request-Headers')
    .send()
}
