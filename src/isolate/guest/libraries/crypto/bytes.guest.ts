/** In what forms Node's crypto takes bytes, and gives them. */
import { Buffer } from 'buffer'

export type Encoding = 'hex' | 'base64' | 'base64url' | 'latin1' | 'binary' | 'utf8' | 'buffer'

export function toBytes(value: unknown, encoding?: string): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, (encoding === 'buffer' ? undefined : encoding) as 'utf8')
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  throw Object.assign(new TypeError(`The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ${value === null ? 'null' : typeof value}`), { code: 'ERR_INVALID_ARG_TYPE' })
}

export function toOutput(bytes: Uint8Array, encoding?: string): string | Buffer {
  const buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
  return encoding === undefined || encoding === 'buffer' ? buffer : buffer.toString(encoding as 'hex')
}

/** Plain bytes of their own, which is all that may cross to the child. */
export const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
