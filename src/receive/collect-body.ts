/**
 * Request bodies as bytes, whatever the client calls them: browsers send JSON as text/plain, RudderStack's Node SDK gzip as a form.
 * fastify's own reader would refuse malformed content types and copy every body once more.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'

type Done = (error: Error | null, body?: Buffer) => void

/** Every body that a route of this scope gets is a Buffer of at most `bytesMax`, or undefined when the request has none. */
export function collectBodies(scope: FastifyInstance, bytesMax: number): void {
  // Without a name fastify neither checks the type nor looks for a parser of it.
  scope.addHook('onRequest', (request, _reply, done) => {
    request.raw.headers['content-type'] = undefined
    done()
  })
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (request, _payload, done: Done) => collect(request, bytesMax, done))
}

function collect(request: FastifyRequest, bytesMax: number, done: Done): void {
  const stream = request.raw
  let chunks: Buffer[] = []
  let bytes = 0
  const finish = (error: Error | null, body?: Buffer): void => {
    stream.off('data', take).off('end', end).off('error', fail)
    done(error, body)
  }
  const take = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes <= bytesMax) chunks.push(chunk)
    else if (bytes <= limits.overlongBodyBytesMax) chunks = []
    else finish(tooLarge(bytesMax))
  }
  const end = (): void => {
    if (bytes > bytesMax) finish(tooLarge(bytesMax))
    else finish(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes))
  }
  const fail = (cause: Error): void => finish(new SluiceError('invalid_request', { message: 'The connection ended before the whole body had arrived.', cause }))
  stream.on('data', take).on('end', end).on('error', fail)
}

/** The sentence begins as Segment's does; clients are known to look for it. */
export function tooLarge(bytesMax: number): SluiceError {
  return new SluiceError('payload_too_large', { message: `Exceed payload limit: this address takes bodies of at most ${bytesMax} bytes.` })
}
