/** Node's createCipheriv and createDecipheriv for AES. */
import type * as ciphers from '../ciphers.guest.ts'
import type { Buffer } from 'buffer'
import { loadLibrary } from '../../globals/libraries.guest.ts'
import { joined, plain, toBytes, toOutput } from './bytes.guest.ts'
import { KeyObject } from './keys.guest.ts'

export const aes = (): typeof ciphers => loadLibrary('ciphers') as unknown as typeof ciphers

const BLOCK = 16
const TAG = 16

interface Suite {
  mode: 'cbc' | 'ctr' | 'ecb' | 'gcm'
  keyBytes: number
}

export const getCiphers = (): string[] => [128, 192, 256].flatMap((bits) => ['cbc', 'ctr', 'ecb', 'gcm'].map((mode) => `aes-${bits}-${mode}`))

function suiteOf(name: string): Suite {
  const found = /^aes-?(128|192|256)-(cbc|ctr|ecb|gcm)$/.exec(String(name).toLowerCase().replace(/^id-aes(\d+)-/, 'aes-$1-'))
  if (found === null) throw Object.assign(new Error(`Unknown cipher: ${name}. There are ${getCiphers().join(', ')}.`), { code: 'ERR_CRYPTO_UNKNOWN_CIPHER' })
  return { mode: found[2] as Suite['mode'], keyBytes: Number(found[1]) / 8 }
}

interface Made {
  suite: Suite
  key: Uint8Array
  iv: Uint8Array
}

function made(name: string, key: unknown, iv: unknown): Made {
  const suite = suiteOf(name)
  const bytes = plain(key instanceof KeyObject ? key.bytes : toBytes(key))
  const vector = iv === null || iv === undefined ? new Uint8Array(0) : plain(toBytes(iv))
  if (bytes.length !== suite.keyBytes) throw Object.assign(new RangeError('Invalid key length'), { code: 'ERR_CRYPTO_INVALID_KEYLEN' })
  const fits = suite.mode === 'gcm' ? vector.length > 0 : vector.length === (suite.mode === 'ecb' ? 0 : BLOCK)
  if (!fits) throw Object.assign(new TypeError('Invalid initialization vector'), { code: 'ERR_CRYPTO_INVALID_IV' })
  return { suite, key: bytes, iv: vector }
}

/** What all modes share. Each gives output as soon as Node does, since authors may forget what `final` returns. */
abstract class Ciphering {
  protected readonly made: Made
  protected padding = true
  protected aad: Uint8Array[] = []
  #ended = false

  constructor(given: Made) {
    this.made = given
  }

  update(value: unknown, from?: string, to?: string): string | Buffer {
    if (this.#ended) throw new Error('Unsupported state')
    return toOutput(this.next(plain(toBytes(value, from))), to)
  }

  final(to?: string): string | Buffer {
    if (this.#ended) throw new Error('Unsupported state')
    this.#ended = true
    return toOutput(this.last(), to)
  }

  setAutoPadding(on = true): this {
    this.padding = on
    return this
  }

  setAAD(value: unknown): this {
    this.aad.push(plain(toBytes(value)))
    return this
  }

  protected abstract next(bytes: Uint8Array): Uint8Array
  protected abstract last(): Uint8Array
}

/** CBC and ECB: whole blocks; chained by the last block of cipher text. */
class BlockCiphering extends Ciphering {
  readonly #decrypts: boolean
  #kept: Uint8Array = new Uint8Array(0)
  #chain: Uint8Array

  constructor(given: Made, decrypts: boolean) {
    super(given)
    this.#decrypts = decrypts
    this.#chain = given.iv
  }

  protected next(bytes: Uint8Array): Uint8Array {
    const all = joined([this.#kept, bytes])
    // The last block may hold padding: only the end tells.
    const whole = all.length - (all.length % BLOCK) - (this.#decrypts && this.padding && all.length % BLOCK === 0 && all.length > 0 ? BLOCK : 0)
    this.#kept = all.slice(whole)
    return this.#run(all.slice(0, whole), false)
  }

  protected last(): Uint8Array {
    if (this.#decrypts && this.padding && this.#kept.length !== BLOCK) throw wrongLength()
    if (!this.padding && this.#kept.length > 0) throw wrongLength()
    return this.padding ? this.#run(this.#kept, true) : new Uint8Array(0)
  }

  #run(bytes: Uint8Array, padded: boolean): Uint8Array {
    if (bytes.length === 0 && !padded) return bytes
    const { suite, key } = this.made
    const options = { disablePadding: !padded }
    const cipher = suite.mode === 'ecb' ? aes().ecb(key, options) : aes().cbc(key, this.#chain, options)
    let result: Uint8Array
    try {
      result = this.#decrypts ? cipher.decrypt(bytes) : cipher.encrypt(bytes)
    } catch {
      throw Object.assign(new Error('error:1C800064:Provider routines::bad decrypt'), { code: 'ERR_OSSL_BAD_DECRYPT', reason: 'bad decrypt', library: 'Provider routines' })
    }
    if (suite.mode === 'cbc') this.#chain = (this.#decrypts ? bytes : result).slice(-BLOCK)
    return result
  }
}

function wrongLength(): Error {
  return Object.assign(new Error('error:1C80006B:Provider routines::wrong final block length'), { code: 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH', reason: 'wrong final block length' })
}

/** CTR: the same both ways; the counter goes on from piece to piece. */
class CounterCiphering extends Ciphering {
  #done = 0

  protected next(bytes: Uint8Array): Uint8Array {
    const { key, iv } = this.made
    const before = this.#done % BLOCK
    const padded = joined([new Uint8Array(before), bytes])
    const result = aes().ctr(key, advanced(iv, (this.#done - before) / BLOCK)).encrypt(padded).slice(before)
    this.#done += bytes.length
    return result
  }

  protected last(): Uint8Array {
    return new Uint8Array(0)
  }
}

function advanced(counter: Uint8Array, blocks: number): Uint8Array {
  const next = counter.slice()
  let carry = blocks
  for (let i = next.length - 1; i >= 0 && carry > 0; i--) {
    carry += next[i]!
    next[i] = carry % 256
    carry = Math.floor(carry / 256)
  }
  return next
}

/** GCM: the stream of the cipher does not depend on the tag, so encrypting what has come gives output in both directions. */
class GaloisCiphering extends Ciphering {
  readonly #decrypts: boolean
  #input: Uint8Array = new Uint8Array(0)
  #tag: Uint8Array | undefined
  #tagBytes: number

  constructor(given: Made, options: { decrypts: boolean, tagBytes: number }) {
    super(given)
    this.#decrypts = options.decrypts
    this.#tagBytes = options.tagBytes
  }

  #cipher(): ReturnType<typeof ciphers.gcm> {
    const { key, iv } = this.made
    return aes().gcm(key, iv, this.aad.length > 0 ? joined(this.aad) : undefined)
  }

  protected next(bytes: Uint8Array): Uint8Array {
    const before = this.#input.length
    this.#input = joined([this.#input, bytes])
    return this.#cipher().encrypt(this.#input).slice(before, this.#input.length)
  }

  protected last(): Uint8Array {
    const cipherText = this.#decrypts ? this.#input : this.#cipher().encrypt(this.#input).slice(0, this.#input.length)
    const plainText = this.#decrypts ? this.#cipher().encrypt(this.#input).slice(0, this.#input.length) : this.#input
    const sealed = this.#cipher().encrypt(plainText)
    const tag = sealed.slice(cipherText.length)
    if (!this.#decrypts) this.#tag = tag.slice(0, this.#tagBytes)
    else if (this.#tag === undefined || !same(tag.slice(0, this.#tag.length), this.#tag)) throw new Error('Unsupported state or unable to authenticate data')
    return new Uint8Array(0)
  }

  getAuthTag(): Buffer {
    if (this.#decrypts || this.#tag === undefined) throw Object.assign(new Error('Invalid state for operation getAuthTag'), { code: 'ERR_CRYPTO_INVALID_STATE' })
    return toOutput(this.#tag) as Buffer
  }

  setAuthTag(tag: unknown, encoding?: string): this {
    const bytes = plain(toBytes(tag, encoding))
    if (![4, 8, 12, 13, 14, 15, 16].includes(bytes.length)) throw Object.assign(new TypeError(`Invalid authentication tag length: ${bytes.length}`), { code: 'ERR_CRYPTO_INVALID_AUTH_TAG' })
    this.#tag = bytes
    return this
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length
  for (let i = 0; i < a.length; i++) different |= a[i]! ^ (b[i] ?? 0)
  return different === 0
}

function ciphering(decrypts: boolean) {
  return (...[name, key, iv, options = {}]: [string, unknown, unknown, { authTagLength?: number }?]): Ciphering => {
    const given = made(name, key, iv)
    if (given.suite.mode === 'gcm') return new GaloisCiphering(given, { decrypts, tagBytes: options.authTagLength ?? TAG })
    return given.suite.mode === 'ctr' ? new CounterCiphering(given) : new BlockCiphering(given, decrypts)
  }
}

export const createCipheriv = ciphering(false)
export const createDecipheriv = ciphering(true)
export { same as sameBytes }
