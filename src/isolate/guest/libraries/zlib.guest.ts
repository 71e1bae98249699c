/** Node's zlib, over pako: synchronous, with a callback, or as a promise when there is none. */
import { Buffer } from 'buffer'
import { deflate, deflateRaw, gzip, inflate, inflateRaw, ungzip, type DeflateOptions, type InflateOptions } from 'pako'
import { carryItself } from './parts/carry-itself.guest.ts'
import { queueMicrotask } from '../globals/microtasks.guest.ts'

interface ZlibOptions {
  level?: number
  windowBits?: number
  memLevel?: number
  strategy?: number
  dictionary?: Uint8Array
  /** Of the result; more is an error. */
  maxOutputLength?: number
}

type Run = (bytes: Uint8Array, options: object) => Uint8Array
type Done = (error: Error | null, result?: Buffer) => void

const RUNS: Record<string, Run> = {
  deflate: (bytes, options) => deflate(bytes, options as DeflateOptions),
  deflateRaw: (bytes, options) => deflateRaw(bytes, options as DeflateOptions),
  gzip: (bytes, options) => gzip(bytes, options as DeflateOptions),
  inflate: (bytes, options) => inflate(bytes, options as InflateOptions),
  inflateRaw: (bytes, options) => inflateRaw(bytes, options as InflateOptions),
  gunzip: (bytes, options) => ungzip(bytes, options as InflateOptions),
  unzip: (bytes, options) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? ungzip : inflate)(bytes, options as InflateOptions),
}

function runSync(work: Run, input: unknown, options: ZlibOptions = {}): Buffer {
  const bytes = typeof input === 'string' ? Buffer.from(input) : bytesOf(input)
  let result: Uint8Array
  try {
    const { maxOutputLength: _, ...given } = options
    result = work(bytes, given)
  } catch (thrown) {
    throw zlibError(thrown)
  }
  // pako says nothing when its input ends too early.
  if (result === undefined) throw zlibError(new Error('unexpected end of file'))
  if (result.length > (options.maxOutputLength ?? Infinity)) throw new RangeError(`Cannot create a Buffer larger than ${options.maxOutputLength} bytes`)
  return Buffer.from(result.buffer as ArrayBuffer, result.byteOffset, result.byteLength)
}

function bytesOf(input: unknown): Uint8Array {
  if (input instanceof Uint8Array) return input
  if (input instanceof ArrayBuffer) return new Uint8Array(input)
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  throw new TypeError('zlib takes a string, a Buffer, a typed array or an ArrayBuffer')
}

function zlibError(thrown: unknown): Error {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return Object.assign(new Error(message), { code: 'Z_DATA_ERROR', errno: -3 })
}

function run(name: string, input: unknown, rest: unknown[]): Promise<Buffer> | undefined {
  const done = rest.find((argument) => typeof argument === 'function') as Done | undefined
  const options = rest.find((argument) => typeof argument === 'object' && argument !== null) as ZlibOptions | undefined
  if (done === undefined) return Promise.resolve().then(() => runSync(RUNS[name]!, input, options))
  queueMicrotask(() => {
    let result: Buffer
    try {
      result = runSync(RUNS[name]!, input, options)
    } catch (thrown) {
      return done(thrown as Error)
    }
    return done(null, result)
  })
  return undefined
}

const constants = {
  Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2, Z_DATA_ERROR: -3, Z_BUF_ERROR: -5,
  Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1,
  Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2, Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0,
}

const calls: Record<string, unknown> = { constants, ...constants }
const promises: Record<string, unknown> = {}
for (const name of Object.keys(RUNS)) {
  calls[`${name}Sync`] = (input: unknown, options?: ZlibOptions) => runSync(RUNS[name]!, input, options)
  calls[name] = (input: unknown, ...rest: unknown[]) => run(name, input, rest)
  promises[name] = (input: unknown, options?: ZlibOptions) => run(name, input, [options])
}
calls.promises = promises

export const zlib = carryItself('zlib', calls)
