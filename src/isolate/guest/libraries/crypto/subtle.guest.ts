/** Web Crypto's `subtle`, over the same parts as Node's calls. */
import { Buffer } from 'buffer'
import { hkdfSync, pbkdf2Sync } from './derive.guest.ts'
import { createHash, createHmac, digestName } from './hash.guest.ts'
import { createPrivateKey, createPublicKey, generateKeyPairSync, KeyObject } from './keys.guest.ts'
import { plain, toBytes } from './bytes.guest.ts'
import { randomBytes } from './random.guest.ts'
import { aes, sameBytes } from './cipher.guest.ts'
import { privateDecrypt, publicEncrypt, sign, verify } from './sign.guest.ts'

interface Algorithm {
  name: string
  hash?: string | { name: string }
  length?: number
  namedCurve?: string
  iv?: unknown
  counter?: unknown
  additionalData?: unknown
  tagLength?: number
  salt?: unknown
  info?: unknown
  iterations?: number
  saltLength?: number
  label?: unknown
}
type AlgorithmGiven = string | Algorithm

const PSS_PADDING = 6
const OAEP_PADDING = 4

export class CryptoKey {
  readonly type: 'secret' | 'private' | 'public'
  readonly extractable: boolean
  readonly algorithm: Algorithm
  readonly usages: string[]
  readonly #key: KeyObject

  constructor(key: KeyObject, given: { algorithm: Algorithm, extractable: boolean, usages: string[] }) {
    this.#key = key
    this.type = key.type
    this.algorithm = given.algorithm
    this.extractable = given.extractable
    this.usages = given.usages
  }

  static keyOf(key: CryptoKey): KeyObject {
    return key.#key
  }
}

const failure = (name: string, message: string): Error => Object.assign(new Error(message), { name })
const NAMES = ['HMAC', 'AES-GCM', 'AES-CBC', 'AES-CTR', 'RSASSA-PKCS1-v1_5', 'RSA-PSS', 'RSA-OAEP', 'ECDSA', 'PBKDF2', 'HKDF']

function algorithmOf(given: AlgorithmGiven): Algorithm {
  const algorithm = typeof given === 'string' ? { name: given } : given
  const name = NAMES.find((one) => one.toLowerCase() === String(algorithm.name).toLowerCase())
  if (name === undefined) throw failure('NotSupportedError', `Unrecognized algorithm name: ${algorithm.name}. There are ${NAMES.join(', ')}.`)
  return { ...algorithm, name }
}

function hashOf(...algorithms: Algorithm[]): string {
  const given = algorithms.find((algorithm) => algorithm.hash !== undefined)?.hash
  if (given === undefined) throw new TypeError('the algorithm needs a hash')
  return digestName(typeof given === 'string' ? given : given.name)
}

function keyFor(key: CryptoKey, algorithm: Algorithm, usage: string): KeyObject {
  if (!(key instanceof CryptoKey)) throw new TypeError('the key must be a CryptoKey')
  if (key.algorithm.name !== algorithm.name) throw failure('InvalidAccessError', `the key is for ${key.algorithm.name}, not for ${algorithm.name}`)
  if (!key.usages.includes(usage)) throw failure('InvalidAccessError', `the key's usages do not include ${usage}`)
  return CryptoKey.keyOf(key)
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => plain(bytes).buffer as ArrayBuffer
const blockBytes = (hash: string): number => (['sha384', 'sha512'].includes(hash) ? 128 : 64)

async function digest(algorithm: AlgorithmGiven, value: unknown): Promise<ArrayBuffer> {
  const name = typeof algorithm === 'string' ? algorithm : algorithm.name
  return bufferOf(createHash(name).update(value).digest() as Uint8Array)
}

async function importKey(...[format, material, given, extractable, usages]: [string, unknown, AlgorithmGiven, boolean, string[]]): Promise<CryptoKey> {
  const algorithm = algorithmOf(given)
  return new CryptoKey(readKey(format, material), { algorithm, extractable, usages: [...usages] })
}

function readKey(format: string, material: unknown): KeyObject {
  switch (format) {
    case 'raw': return new KeyObject(plain(toBytes(material)))
    case 'pkcs8': return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' })
    case 'spki': return createPublicKey({ key: material, format: 'der', type: 'spki' })
    case 'jwk': {
      const jwk = material as { kty?: string, k?: string, d?: string }
      if (jwk.kty === 'oct') return new KeyObject(plain(Buffer.from(jwk.k ?? '', 'base64')))
      return (jwk.d === undefined ? createPublicKey : createPrivateKey)({ key: jwk, format: 'jwk' })
    }
    default: throw failure('NotSupportedError', `keys come as raw, pkcs8, spki or jwk, not as ${format}`)
  }
}

async function exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer | object> {
  if (!key.extractable) throw failure('InvalidAccessError', 'key is not extractable')
  const object = CryptoKey.keyOf(key)
  if (format === 'raw') return bufferOf(object.bytes)
  if (format === 'jwk') return { ...object.export({ format: 'jwk' }) as object, key_ops: key.usages, ext: true }
  return bufferOf(object.export({ format: 'der', type: format }) as Uint8Array)
}

async function generateKey(...[given, extractable, usages]: [AlgorithmGiven, boolean, string[]]): Promise<CryptoKey | { privateKey: CryptoKey, publicKey: CryptoKey }> {
  const algorithm = algorithmOf(given)
  if (algorithm.name === 'HMAC' || algorithm.name.startsWith('AES')) {
    const bytes = (algorithm.length ?? (algorithm.name === 'HMAC' ? blockBytes(hashOf(algorithm)) * 8 : 256)) / 8
    return new CryptoKey(new KeyObject(plain(randomBytes(bytes)!)), { algorithm, extractable, usages: [...usages] })
  }
  if (algorithm.name !== 'ECDSA') throw failure('NotSupportedError', `${algorithm.name} keys take too long to make within an event; import one.`)
  const pair = generateKeyPairSync('ec', { namedCurve: algorithm.namedCurve }) as { publicKey: KeyObject, privateKey: KeyObject }
  return {
    privateKey: new CryptoKey(pair.privateKey, { algorithm, extractable, usages: usages.filter((usage) => usage === 'sign') }),
    publicKey: new CryptoKey(pair.publicKey, { algorithm, extractable: true, usages: usages.filter((usage) => usage === 'verify') }),
  }
}

/** What Node's call needs besides the key. */
function signing(algorithm: Algorithm): object {
  if (algorithm.name === 'ECDSA') return { dsaEncoding: 'ieee-p1363' }
  return algorithm.name === 'RSA-PSS' ? { padding: PSS_PADDING, saltLength: algorithm.saltLength } : {}
}

async function signWith(given: AlgorithmGiven, key: CryptoKey, value: unknown): Promise<ArrayBuffer> {
  const algorithm = algorithmOf(given)
  const object = keyFor(key, algorithm, 'sign')
  const hash = hashOf(algorithm, key.algorithm)
  if (algorithm.name === 'HMAC') return bufferOf(createHmac(hash, object).update(value).digest() as Uint8Array)
  return bufferOf(sign(hash, value, { key: object, ...signing(algorithm) }))
}

async function verifyWith(...[given, key, signature, value]: [AlgorithmGiven, CryptoKey, unknown, unknown]): Promise<boolean> {
  const algorithm = algorithmOf(given)
  const object = keyFor(key, algorithm, 'verify')
  const hash = hashOf(algorithm, key.algorithm)
  if (algorithm.name === 'HMAC') return sameBytes(createHmac(hash, object).update(value).digest() as Uint8Array, toBytes(signature))
  return verify(hash, value, { key: object, ...signing(algorithm) }, signature)
}

function cipherFor(algorithm: Algorithm, key: Uint8Array): { encrypt(bytes: Uint8Array): Uint8Array, decrypt(bytes: Uint8Array): Uint8Array } {
  switch (algorithm.name) {
    case 'AES-GCM': {
      if ((algorithm.tagLength ?? 128) !== 128) throw failure('NotSupportedError', 'tags of AES-GCM have 128 bits here')
      return aes().gcm(key, plain(toBytes(algorithm.iv)), algorithm.additionalData === undefined ? undefined : plain(toBytes(algorithm.additionalData)))
    }
    case 'AES-CBC': return aes().cbc(key, plain(toBytes(algorithm.iv)))
    case 'AES-CTR': return aes().ctr(key, plain(toBytes(algorithm.counter)))
    default: throw failure('NotSupportedError', `${algorithm.name} does not encrypt`)
  }
}

const oaep = (algorithm: Algorithm, key: CryptoKey): object =>
  ({ key: CryptoKey.keyOf(key), padding: OAEP_PADDING, oaepHash: hashOf(key.algorithm), ...(algorithm.label !== undefined && { oaepLabel: algorithm.label }) })

async function encrypt(given: AlgorithmGiven, key: CryptoKey, value: unknown): Promise<ArrayBuffer> {
  const algorithm = algorithmOf(given)
  const object = keyFor(key, algorithm, 'encrypt')
  if (algorithm.name === 'RSA-OAEP') return bufferOf(publicEncrypt(oaep(algorithm, key), value))
  return bufferOf(cipherFor(algorithm, object.bytes).encrypt(plain(toBytes(value))))
}

async function decrypt(given: AlgorithmGiven, key: CryptoKey, value: unknown): Promise<ArrayBuffer> {
  const algorithm = algorithmOf(given)
  const object = keyFor(key, algorithm, 'decrypt')
  try {
    if (algorithm.name === 'RSA-OAEP') return bufferOf(privateDecrypt(oaep(algorithm, key), value))
    return bufferOf(cipherFor(algorithm, object.bytes).decrypt(plain(toBytes(value))))
  } catch {
    throw failure('OperationError', 'The operation failed for an operation-specific reason')
  }
}

function derived(...[algorithm, key, bits]: [Algorithm, KeyObject, number]): Uint8Array {
  const salt = algorithm.salt ?? new Uint8Array(0)
  return algorithm.name === 'PBKDF2'
    ? pbkdf2Sync(key.bytes, salt, algorithm.iterations!, bits / 8, hashOf(algorithm))
    : new Uint8Array(hkdfSync(hashOf(algorithm), key, salt, algorithm.info ?? new Uint8Array(0), bits / 8))
}

async function deriveBits(given: AlgorithmGiven, key: CryptoKey, bits: number): Promise<ArrayBuffer> {
  const algorithm = algorithmOf(given)
  return bufferOf(derived(algorithm, keyFor(key, algorithm, 'deriveBits'), bits))
}

async function deriveKey(...[given, key, target, extractable, usages]: [AlgorithmGiven, CryptoKey, AlgorithmGiven, boolean, string[]]): Promise<CryptoKey> {
  const algorithm = algorithmOf(given)
  const wanted = algorithmOf(target)
  const bits = wanted.length ?? (wanted.name === 'HMAC' ? blockBytes(hashOf(wanted)) * 8 : 256)
  const bytes = plain(derived(algorithm, keyFor(key, algorithm, 'deriveKey'), bits))
  return new CryptoKey(new KeyObject(bytes), { algorithm: wanted, extractable, usages: [...usages] })
}

export const subtle = { digest, importKey, exportKey, generateKey, sign: signWith, verify: verifyWith, encrypt, decrypt, deriveBits, deriveKey }
