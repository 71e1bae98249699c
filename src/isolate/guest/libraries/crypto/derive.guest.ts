/** Keys from passwords and from other keys. The work is bounded as all work is: by the function's processor time. */
import { hkdf } from '@noble/hashes/hkdf.js'
import { pbkdf2 as derivePbkdf2 } from '@noble/hashes/pbkdf2.js'
import { scrypt as deriveScrypt } from '@noble/hashes/scrypt.js'
import type { Buffer } from 'buffer'
import { queueMicrotask } from '../../globals/microtasks.guest.ts'
import { toBytes, toOutput } from './bytes.guest.ts'
import { digestNamed } from './hash.guest.ts'
import { KeyObject } from './keys.guest.ts'

type Done = (error: Error | null, key?: unknown) => void

export function pbkdf2Sync(...[password, salt, iterations, length, digest]: [unknown, unknown, number, number, string]): Buffer {
  return toOutput(derivePbkdf2(digestNamed(digest), toBytes(password), toBytes(salt), { c: iterations, dkLen: length })) as Buffer
}

interface ScryptOptions {
  N?: number
  r?: number
  p?: number
  cost?: number
  blockSize?: number
  parallelization?: number
  maxmem?: number
}

export function scryptSync(...[password, salt, length, options = {}]: [unknown, unknown, number, ScryptOptions?]): Buffer {
  const N = options.N ?? options.cost ?? 16_384
  const r = options.r ?? options.blockSize ?? 8
  const p = options.p ?? options.parallelization ?? 1
  return toOutput(deriveScrypt(toBytes(password), toBytes(salt), { N, r, p, dkLen: length, maxmem: (options.maxmem ?? 32 * 1024 ** 2) + 1024 ** 2 })) as Buffer
}

export function hkdfSync(...[digest, key, salt, info, length]: [string, unknown, unknown, unknown, number]): ArrayBuffer {
  const bytes = hkdf(digestNamed(digest), key instanceof KeyObject ? key.bytes : toBytes(key), toBytes(salt), toBytes(info), length)
  return new Uint8Array(bytes).buffer
}

/** The form with a callback, which is the last argument. */
function later<Args extends unknown[]>(derive: (...args: Args) => unknown): (...args: [...Args, Done]) => void {
  return (...args) => {
    const done = args.pop() as Done
    queueMicrotask(() => {
      let key: unknown
      try {
        key = derive(...args as unknown as Args)
      } catch (thrown) {
        return done(thrown as Error)
      }
      return done(null, key)
    })
  }
}

export const pbkdf2 = later(pbkdf2Sync)
export const scrypt = later(scryptSync as (...args: unknown[]) => Buffer)
export const hkdfLater = later(hkdfSync)
export { hkdfLater as hkdf }
