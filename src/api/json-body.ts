/** JSON bodies, under the media types that the management API takes. */
import type { FastifyRequest } from 'fastify'
import { asError, SluiceError } from '../base/errors.ts'

/** Plain JSON, and the versioned media types of Segment's Public API. */
export const JSON_TYPES = /^application\/(?:vnd\.segment\.v1(?:alpha|beta)?\+)?json(?:$|[ ;])/i

/** No body at all is undefined: calls such as deploy need none. */
export function parseJson(_request: FastifyRequest, text: string | Buffer, done: (error: Error | null, body?: unknown) => void): void {
  try {
    done(null, text.length === 0 ? undefined : readJson(text.toString()))
  } catch (thrown) {
    done(asError(thrown))
  }
}

/** @throws SluiceError invalid_json that names the place */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new SluiceError('invalid_json', { message: `The body is not valid JSON: ${asError(thrown).message}`, cause: thrown })
  }
}
