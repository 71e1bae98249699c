/** `Authorization: Bearer TOKEN`, compared in a time that says nothing about the token. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SluiceError } from '../base/errors.ts'

const SCHEME = /^Bearer +(\S+) *$/i

export function requireToken(token: string): (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void {
  const expected = digest(token)
  return (request, _reply, done) => {
    const given = SCHEME.exec(request.headers.authorization ?? '')?.[1]
    // Digests have one length whatever was sent, which timingSafeEqual needs and which hides the token's own.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return done()
    done(new SluiceError('unauthorized', given === undefined ? {} : { message: 'The management token is not the right one.' }))
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
