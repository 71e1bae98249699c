/**
 * `crypto`: Node's module and the web's object in one. Hashes, ciphers and derivations run in the isolate (@noble, audited); RSA and
 * elliptic-curve keys are worked with by the child's OpenSSL; randomness is the system's.
 */
import { createCipheriv, createDecipheriv, getCiphers, sameBytes } from './crypto/cipher.guest.ts'
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from './crypto/derive.guest.ts'
import { createHash, createHmac, getHashes, Hash, hash, Hmac } from './crypto/hash.guest.ts'
import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, KeyObject } from './crypto/keys.guest.ts'
import { getRandomValues, randomBytes, randomFillSync, randomInt, randomUUID } from './crypto/random.guest.ts'
import { createSign, createVerify, privateDecrypt, privateEncrypt, publicDecrypt, publicEncrypt, Sign, sign, Verify, verify } from './crypto/sign.guest.ts'
import { CryptoKey, subtle } from './crypto/subtle.guest.ts'
import { toBytes } from './crypto/bytes.guest.ts'

function timingSafeEqual(a: unknown, b: unknown): boolean {
  const [first, second] = [toBytes(a), toBytes(b)]
  if (first.length !== second.length) throw Object.assign(new RangeError('Input buffers must have the same byte length'), { code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' })
  return sameBytes(first, second)
}

const constants = {
  RSA_PKCS1_PADDING: 1, RSA_NO_PADDING: 3, RSA_PKCS1_OAEP_PADDING: 4, RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1, RSA_PSS_SALTLEN_MAX_SIGN: -2, RSA_PSS_SALTLEN_AUTO: -2,
}

class Crypto {
  readonly subtle = subtle
  getRandomValues = getRandomValues
  randomUUID = randomUUID
}

const nodeCrypto = {
  constants, timingSafeEqual,
  createHash, createHmac, getHashes, hash, Hash, Hmac,
  createCipheriv, createDecipheriv, getCiphers,
  createSign, createVerify, sign, verify, Sign, Verify, publicEncrypt, publicDecrypt, privateEncrypt, privateDecrypt,
  createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, KeyObject,
  randomBytes, randomInt, randomFillSync, getRandomValues, randomUUID, pseudoRandomBytes: randomBytes, rng: randomBytes,
  pbkdf2, pbkdf2Sync, scrypt, scryptSync, hkdf, hkdfSync,
  subtle, CryptoKey,
}

export const crypto = Object.assign(nodeCrypto, { webcrypto: Object.assign(new Crypto(), { CryptoKey }) })
export { Crypto }
