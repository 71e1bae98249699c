/** Signatures and encryption with RSA and elliptic-curve keys: the child does the arithmetic. */
import type { Buffer } from 'buffer'
import { askHost } from '../../globals/host.guest.ts'
import { joined, plain, toBytes, toOutput } from './bytes.guest.ts'
import { digestName } from './hash.guest.ts'
import { boxOf } from './keys.guest.ts'

interface KeyOptions {
  padding?: number
  saltLength?: number
  dsaEncoding?: string
  oaepHash?: string
  oaepLabel?: unknown
}

function optionsOf(key: unknown): KeyOptions {
  if (typeof key !== 'object' || key === null || ArrayBuffer.isView(key)) return {}
  const { padding, saltLength, dsaEncoding, oaepHash, oaepLabel } = key as KeyOptions
  return { padding, saltLength, dsaEncoding, oaepHash, ...(oaepLabel !== undefined && { oaepLabel: plain(toBytes(oaepLabel)) }) }
}

export function sign(digest: string | null | undefined, value: unknown, key: unknown): Buffer {
  const name = digest ? digestName(digest) : null
  return toOutput(askHost(['key', 'sign', boxOf(key), name, plain(toBytes(value)), optionsOf(key)]) as Uint8Array) as Buffer
}

export function verify(...[digest, value, key, signature]: [string | null | undefined, unknown, unknown, unknown]): boolean {
  const name = digest ? digestName(digest) : null
  return askHost(['key', 'verify', boxOf(key), name, plain(toBytes(value)), optionsOf(key), plain(toBytes(signature))]) as boolean
}

class Gathering {
  readonly digest: string
  #parts: Uint8Array[] = []

  constructor(digest: string) {
    this.digest = digestName(digest)
  }

  update(value: unknown, encoding?: string): this {
    this.#parts.push(plain(toBytes(value, encoding)))
    return this
  }

  write(value: unknown, encoding?: string): boolean {
    this.update(value, encoding)
    return true
  }

  end(value?: unknown, encoding?: string): this {
    return value === undefined ? this : this.update(value, encoding)
  }

  protected taken(): Uint8Array {
    return joined(this.#parts)
  }
}

export class Sign extends Gathering {
  sign(key: unknown, encoding?: string): string | Buffer {
    return toOutput(sign(this.digest, this.taken(), key), encoding)
  }
}

export class Verify extends Gathering {
  verify(key: unknown, signature: unknown, encoding?: string): boolean {
    return verify(this.digest, this.taken(), key, toBytes(signature, encoding))
  }
}

export const createSign = (digest: string): Sign => new Sign(digest)
export const createVerify = (digest: string): Verify => new Verify(digest)

const withKey = (operation: string) => (key: unknown, value: unknown): Buffer =>
  toOutput(askHost(['key', operation, boxOf(key), plain(toBytes(value)), optionsOf(key)]) as Uint8Array) as Buffer

export const publicEncrypt = withKey('publicEncrypt')
export const publicDecrypt = withKey('publicDecrypt')
export const privateEncrypt = withKey('privateEncrypt')
export const privateDecrypt = withKey('privateDecrypt')
