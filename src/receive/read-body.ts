/** From the bytes of a body to its text and its JSON. Every refusal says what is wrong and where. */
import { isUtf8 } from 'node:buffer'
import { gunzip } from 'node:zlib'
import { SluiceError } from '../base/errors.ts'
import type { JsonObject } from '../model/event.ts'
import { tooLarge } from './collect-body.ts'
import { findJsonError } from '../base/find-json-error.ts'

export type Encoding = 'plain' | 'gzip'

/**
 * How the body is packed. The first two bytes of gzip cannot begin any JSON or text, so they count more than the header.
 * @throws SluiceError encoding_unsupported for any other encoding, and for "gzip" that is none
 */
export function encodingOf(bytes: Buffer, contentEncoding: string | undefined): Encoding {
  if (bytes.length > 1 && bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip'
  if (contentEncoding === undefined) return 'plain'
  const named = contentEncoding.trim().toLowerCase()
  if (named === '' || named === 'identity') return 'plain'
  const message = named === 'gzip' || named === 'x-gzip'
    ? 'The Content-Encoding is gzip, but the body is not; leave the header out or compress the body.'
    : 'The Content-Encoding is not supported; send gzip, or the body as it is.'
  throw new SluiceError('encoding_unsupported', { message })
}

/**
 * Unpacks off the main thread and stops at `bytesMax`, so that a small body cannot become a large one.
 * @throws SluiceError payload_too_large, encoding_unsupported
 */
export function inflate(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gunzip(bytes, { maxOutputLength: bytesMax }, (error, unpacked) => {
      if (!error) resolve(unpacked)
      else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(bytesMax))
      else reject(new SluiceError('encoding_unsupported', { message: `The gzip body is damaged: ${error.message}.`, cause: error }))
    })
  })
}

/**
 * The exact text, without a byte order mark.
 * @throws SluiceError invalid_json when the bytes are not UTF-8
 */
export function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  // Decoding puts U+FFFD where bytes were wrong; looking for it is free in plain ASCII, where checking the bytes is not.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) {
    throw new SluiceError('invalid_json', { message: `The body is not valid UTF-8 at byte ${invalidByteAt(bytes, text)} (counted from 0).` })
  }
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** Where `text`, decoded from `bytes`, has a U+FFFD that the bytes do not spell. */
function invalidByteAt(bytes: Buffer, text: string): number {
  let at = 0
  let from = 0
  for (let index = text.indexOf('\uFFFD'); index >= 0; index = text.indexOf('\uFFFD', index + 1)) {
    at += Buffer.byteLength(text.slice(from, index))
    if (bytes.readUIntBE(at, Math.min(3, bytes.length - at)) !== 0xefbfbd) return at
    from = index
  }
  return bytes.length
}

/** @throws SluiceError invalid_json with the place, invalid_request when it is JSON but no object */
export function parseJsonObject(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const place = findJsonError(text)
    const message = place
      ? `The body is not valid JSON: ${place.problem} at line ${place.line}, column ${place.column} (position ${place.position}).`
      : undefined
    throw new SluiceError('invalid_json', { message, cause: error, ...place })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new SluiceError('invalid_request', { message: `The body must be a JSON object, but it is ${nameOf(value)}.` })
}

/** The JSON kind of a value, with its article. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
