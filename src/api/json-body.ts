/** JSON bodies, under the media types that the management API takes. */
import type { FastifyRequest } from 'fastify'
import { asError, SluiceError } from '../base/errors.ts'
import { findJsonError } from '../base/find-json-error.ts'
import { limits } from '../base/limits.ts'

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

/** @throws SluiceError invalid_json that names the line and column; invalid_request for one that is nested too deep */
export function readJson(text: string): unknown {
  const value = parse(text)
  // What comes next walks it by recursion, which a deep one would bring down.
  if (isDeeperThan(value, limits.jsonDepthMax)) throw new SluiceError('invalid_request', { message: `The body is nested deeper than ${limits.jsonDepthMax} levels.` })
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw invalidJson(text, { what: 'The body', cause: thrown })
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((each) => isDeeperThan(each, levels - 1))
}

/** What is wrong with a text that is not JSON, and where; `field` when it is a part of the body. */
export function invalidJson(text: string, { what, field, cause }: { what: string, field?: string, cause: unknown }): SluiceError {
  const place = findJsonError(text)
  if (!place) return new SluiceError('invalid_json', { message: `${what} is not valid JSON: ${asError(cause).message}`, field, cause })
  const { problem, line, column } = place
  return new SluiceError('invalid_json', { message: `${what} is not valid JSON: ${problem} at line ${line}, column ${column}.`, field, line, column, cause })
}
