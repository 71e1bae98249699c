/** Node's Buffer, which the package lacks one encoding of: base64url. */
import { Buffer, kMaxLength, SlowBuffer, INSPECT_MAX_BYTES } from 'buffer/'

type Bytes = Uint8Array
type From = (value: unknown, ...rest: unknown[]) => Bytes

const { from, isEncoding, byteLength } = Buffer as unknown as { from: From, isEncoding(name: unknown): boolean, byteLength(value: unknown, encoding?: string): number }
const { toString, write } = Buffer.prototype as unknown as { toString(encoding?: string, ...range: number[]): string, write(text: string, ...rest: unknown[]): number }

const isBase64Url = (encoding: unknown): boolean => typeof encoding === 'string' && encoding.toLowerCase() === 'base64url'

// The package's own decoder of base64 takes the URL alphabet already.
Object.assign(Buffer, {
  from(value: unknown, ...rest: unknown[]): Bytes {
    return isBase64Url(rest[0]) ? from.call(Buffer, value, 'base64') : from.call(Buffer, value, ...rest)
  },
  isEncoding: (name: unknown): boolean => isBase64Url(name) || isEncoding(name),
  byteLength: (value: unknown, encoding?: string): number => byteLength(value, isBase64Url(encoding) ? 'base64' : encoding),
})
Object.assign(Buffer.prototype, {
  toString(this: Bytes, encoding?: string, ...range: number[]): string {
    if (!isBase64Url(encoding)) return toString.call(this, encoding, ...range)
    return toString.call(this, 'base64', ...range).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  },
  write(this: Bytes, text: string, ...rest: unknown[]): number {
    return write.call(this, text, ...rest.map((argument) => (isBase64Url(argument) ? 'base64' : argument)))
  },
})

export { Buffer, kMaxLength, SlowBuffer, INSPECT_MAX_BYTES }
