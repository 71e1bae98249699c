/**
 * Cryptography with RSA and elliptic-curve keys, for isolates that ask for it. Hashes, ciphers and derivations are plain JavaScript inside
 * the isolate, where its own clocks and memory bound them; here a question is bounded by the sizes of its parts and of its key.
 */
import {
  constants, createPrivateKey, createPublicKey, generateKeyPairSync, privateDecrypt, privateEncrypt, publicDecrypt, publicEncrypt, sign, verify,
  type KeyObject, type PrivateKeyInput, type PublicKeyInput, type RsaPrivateKey, type SigningOptions,
} from 'node:crypto'
import type { ChildLimits } from './protocol.ts'

/** As `host-answers.ts` gives it to the isolate. */
export type Answer = ['ok', unknown] | ['failed', code: string, message: string]

const CURVES = ['P-256', 'prime256v1', 'P-384', 'secp384r1', 'P-521', 'secp521r1', 'secp256k1']

interface KeyBox {
  /** PEM, or a JWK as JSON text. */
  text?: string
  der?: Uint8Array
  format?: 'pem' | 'der' | 'jwk'
  type?: 'pkcs1' | 'pkcs8' | 'spki' | 'sec1'
  passphrase?: string
}

interface Options {
  padding?: number
  saltLength?: number
  dsaEncoding?: 'der' | 'ieee-p1363'
  oaepHash?: string
  oaepLabel?: Uint8Array
}

/**
 * - ['read', 'private' or 'public', key] gives {type, kind, details, pem}: the key as PKCS #8 or SPKI, and what it is.
 * - ['export', 'private' or 'public', key, 'pem' or 'der' or 'jwk', type] gives text, bytes or JSON text.
 * - ['sign', key, digest, bytes, options] gives bytes; ['verify', key, digest, bytes, options, signature] a boolean.
 * - ['publicEncrypt' and its kin, key, bytes, options] gives bytes.
 * - ['generate', curve] gives the PEM of a private key.
 */
export function answerKeyQuestion(question: readonly unknown[], limits: ChildLimits): Answer {
  const [operation, ...parts] = question
  const refusal = tooLarge(parts, limits)
  if (refusal !== undefined) return ['failed', 'ERR_OUT_OF_RANGE', refusal]
  switch (operation) {
    case 'read': return ['ok', described(readKey(parts[0], parts[1], limits))]
    case 'export': return ['ok', exported(readKey(parts[0], parts[1], limits), parts[2], parts[3])]
    case 'sign': return ['ok', copied(sign(digestOf(parts[1]), bytesOf(parts[2]), signing(readKey('private', parts[0], limits), parts[3])))]
    case 'verify': return ['ok', verify(digestOf(parts[1]), bytesOf(parts[2]), signing(readKey('public', parts[0], limits), parts[3]), bytesOf(parts[4]))]
    case 'publicEncrypt': return ['ok', copied(publicEncrypt(rsa(readKey('public', parts[0], limits), parts[2]), bytesOf(parts[1])))]
    case 'publicDecrypt': return ['ok', copied(publicDecrypt(rsa(readKey('public', parts[0], limits), parts[2]), bytesOf(parts[1])))]
    case 'privateEncrypt': return ['ok', copied(privateEncrypt(rsa(readKey('private', parts[0], limits), parts[2]), bytesOf(parts[1])))]
    case 'privateDecrypt': return ['ok', copied(privateDecrypt(rsa(readKey('private', parts[0], limits), parts[2]), bytesOf(parts[1])))]
    case 'generate': return ['ok', generated(parts[0])]
    default: return ['failed', 'ERR_INVALID_ARG_VALUE', 'there is no such operation']
  }
}

function tooLarge(parts: readonly unknown[], limits: ChildLimits): string | undefined {
  for (const part of parts) {
    const box = part as KeyBox | null
    const size = part instanceof Uint8Array ? part.byteLength : typeof part === 'string' ? part.length : 0
    if (size > limits.functionKeyBytesMax) return `with a key at most ${limits.functionKeyBytesMax} bytes are worked on at a time; sign their hash`
    if (typeof part === 'object' && box !== null && Math.max(box.text?.length ?? 0, box.der?.byteLength ?? 0) > limits.functionKeyCharsMax) return 'the key is too long'
  }
  return undefined
}

function readKey(kind: unknown, given: unknown, limits: ChildLimits): KeyObject {
  const box = given as KeyBox
  const key = box.format === 'jwk' ? JSON.parse(box.text!) as object : box.der === undefined ? box.text! : Buffer.from(box.der)
  const input = { key, format: box.format ?? 'pem', type: box.type, passphrase: box.passphrase } as unknown
  const found = kind === 'private' ? createPrivateKey(input as PrivateKeyInput) : createPublicKey(input as PublicKeyInput)
  const bits = found.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits > limits.functionRsaBitsMax) throw new RangeError(`RSA keys may have up to ${limits.functionRsaBitsMax} bits; this one has ${bits}`)
  return found
}

function described(key: KeyObject): string {
  const { publicExponent, ...details } = key.asymmetricKeyDetails ?? {}
  const pem = key.type === 'private' ? key.export({ type: 'pkcs8', format: 'pem' }) : key.export({ type: 'spki', format: 'pem' })
  return JSON.stringify({ type: key.type, kind: key.asymmetricKeyType, details: { ...details, publicExponent: String(publicExponent ?? '') }, pem })
}

function exported(key: KeyObject, format: unknown, type: unknown): string | Uint8Array {
  if (format === 'jwk') return JSON.stringify(key.export({ format: 'jwk' }))
  const written = key.export({ format: format === 'der' ? 'der' : 'pem', type: type ?? (key.type === 'private' ? 'pkcs8' : 'spki') } as Parameters<KeyObject['export']>[0] & { format: 'pem' })
  return typeof written === 'string' ? written : copied(written)
}

function signing(key: KeyObject, given: unknown): SigningOptions & { key: KeyObject } {
  const { padding, saltLength, dsaEncoding } = (given ?? {}) as Options
  return { key, ...(padding !== undefined && { padding }), ...(saltLength !== undefined && { saltLength }), ...(dsaEncoding !== undefined && { dsaEncoding }) }
}

function rsa(key: KeyObject, given: unknown): RsaPrivateKey & { key: KeyObject } {
  const { padding, oaepHash, oaepLabel } = (given ?? {}) as Options
  const oaep = padding === undefined || padding === constants.RSA_PKCS1_OAEP_PADDING
  return { key, ...(padding !== undefined && { padding }), ...(oaep && oaepHash !== undefined && { oaepHash }), ...(oaep && oaepLabel !== undefined && { oaepLabel }) }
}

function generated(curve: unknown): string {
  if (typeof curve !== 'string' || !CURVES.includes(curve)) throw new TypeError(`Key pairs can be made for the curves ${CURVES.join(', ')}`)
  return generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

function digestOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError('bytes are missing')
  return value
}

/** Out of Buffer's shared pool, which must not cross. */
function copied(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
