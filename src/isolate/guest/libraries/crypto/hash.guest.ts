import { hmac } from '@noble/hashes/hmac.js'
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js'
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js'
import { toBytes, toOutput } from './bytes.guest.ts'
import { KeyObject } from './keys.guest.ts'

type Digest = typeof sha256

const DIGESTS: Record<string, Digest> = {
  md5, sha1, sha224, sha256, sha384, sha512, 'sha512-224': sha512_224, 'sha512-256': sha512_256,
  'sha3-224': sha3_224, 'sha3-256': sha3_256, 'sha3-384': sha3_384, 'sha3-512': sha3_512, ripemd160,
} as unknown as Record<string, Digest>

export const getHashes = (): string[] => Object.keys(DIGESTS)

/** As OpenSSL names it, in any case: `SHA256`, `sha-256`, `RSA-SHA256`. */
export function digestName(name: string): string {
  const plain = String(name).toLowerCase().replace(/^(?:rsa|ecdsa)-(?:with-)?/, '').replace(/^sha-(\d)/, 'sha$1').replace('rmd160', 'ripemd160').replace('sha512/', 'sha512-')
  if (DIGESTS[plain] === undefined) throw Object.assign(new Error(`Digest method not supported: ${name}. There are ${getHashes().join(', ')}.`), { code: 'ERR_CRYPTO_INVALID_DIGEST' })
  return plain
}

export const digestNamed = (name: string): Digest => DIGESTS[digestName(name)]!

interface Running {
  update(bytes: Uint8Array): unknown
  digest(): Uint8Array
  clone?(): Running
}

/** Both kinds have the same two steps. */
class Digesting {
  protected readonly running: Running
  #ended = false

  constructor(running: Running) {
    this.running = running
  }

  update(value: unknown, encoding?: string): this {
    if (this.#ended) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' })
    this.running.update(toBytes(value, encoding))
    return this
  }

  digest(encoding?: string): string | Uint8Array {
    if (this.#ended) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' })
    this.#ended = true
    return toOutput(this.running.digest(), encoding)
  }

  /** For those who pipe into it. */
  write(value: unknown): boolean {
    this.update(value)
    return true
  }

  end(value?: unknown): this {
    return value === undefined ? this : this.update(value)
  }
}

export class Hash extends Digesting {
  copy(): Hash {
    return new Hash(this.running.clone!())
  }
}

export class Hmac extends Digesting {}

export const createHash = (name: string): Hash => new Hash(digestNamed(name).create() as Running)

export function createHmac(name: string, key: unknown): Hmac {
  return new Hmac(hmac.create(digestNamed(name), key instanceof KeyObject ? key.bytes : toBytes(key)) as Running)
}

/** Node 21's short form. */
export const hash = (name: string, value: unknown, encoding = 'hex'): string | Uint8Array => createHash(name).update(value).digest(encoding)
