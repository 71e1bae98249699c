/** Randomness from the system's own generator, fetched a little in advance; it is the child that asks the system. */
import { Buffer } from 'buffer'
import { askHost } from '../../globals/host.guest.ts'
import { queueMicrotask } from '../../globals/microtasks.guest.ts'

const AHEAD = 4_096
const ASKED_MAX = 65_536
const BYTES_MAX = 16 * 1024 ** 2

let pool = new Uint8Array(0)
let used = 0

function fill(target: Uint8Array): void {
  for (let at = 0; at < target.length;) {
    if (used === pool.length) {
      pool = askHost(['random', Math.min(Math.max(AHEAD, target.length - at), ASKED_MAX)]) as Uint8Array<ArrayBuffer>
      used = 0
    }
    const count = Math.min(pool.length - used, target.length - at)
    target.set(pool.subarray(used, used + count), at)
    // What was given out is not given again, nor kept.
    pool.fill(0, used, used + count)
    used += count
    at += count
  }
}

export function randomBytes(count: number, done?: (error: null, bytes: Buffer) => void): Buffer | undefined {
  if (!Number.isInteger(count) || count < 0 || count > BYTES_MAX) throw new RangeError(`The value of "size" is out of range. It must be >= 0 && <= ${BYTES_MAX}. Received ${count}`)
  const bytes = Buffer.alloc(count)
  fill(bytes)
  if (done === undefined) return bytes
  queueMicrotask(() => done(null, bytes))
  return undefined
}

export function getRandomValues<View extends ArrayBufferView>(view: View): View {
  if (!ArrayBuffer.isView(view) || view instanceof Float32Array || view instanceof Float64Array) throw new TypeError('getRandomValues takes an integer typed array')
  if (view.byteLength > ASKED_MAX) throw Object.assign(new Error(`getRandomValues gives at most ${ASKED_MAX} bytes`), { name: 'QuotaExceededError' })
  fill(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
  return view
}

export function randomFillSync<View extends ArrayBufferView>(view: View, offset = 0, size = view.byteLength - offset): View {
  fill(new Uint8Array(view.buffer, view.byteOffset + offset, size))
  return view
}

export function randomUUID(): string {
  const bytes = new Uint8Array(16)
  fill(bytes)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** From `low` up to but not `high`; each equally likely. */
export function randomInt(first: number, second?: number | ((error: null, value: number) => void), third?: (error: null, value: number) => void): number | undefined {
  const [low, high] = typeof second === 'number' ? [first, second] : [0, first]
  const done = typeof second === 'function' ? second : third
  const range = high - low
  if (!(Number.isSafeInteger(low) && Number.isSafeInteger(high) && range > 0 && range <= 2 ** 48)) throw new RangeError('randomInt needs two safe integers, the second larger, at most 2^48 apart')
  const fair = 2 ** 48 - (2 ** 48 % range)
  const bytes = Buffer.alloc(6)
  let drawn: number
  do {
    fill(bytes)
    drawn = bytes.readUIntBE(0, 6)
  } while (drawn >= fair)
  const value = low + (drawn % range)
  if (done === undefined) return value
  queueMicrotask(() => done(null, value))
  return undefined
}
