/** Node's KeyObject: a secret of bytes, or an RSA or elliptic-curve key that the child has read and checked. */
import { Buffer } from 'buffer'
import { askHost } from '../../globals/host.guest.ts'
import { plain, toBytes } from './bytes.guest.ts'

/** A key as it crosses to the child. */
export interface KeyBox {
  text?: string
  der?: Uint8Array
  format?: string
  type?: string
  passphrase?: string
}

interface Facts {
  type: 'private' | 'public'
  kind: string
  details: Record<string, unknown>
  pem: string
}

export class KeyObject {
  readonly type: 'secret' | 'private' | 'public'
  readonly #bytes: Uint8Array | undefined
  readonly #facts: Facts | undefined

  constructor(given: Uint8Array | Facts) {
    this.type = given instanceof Uint8Array ? 'secret' : given.type
    if (given instanceof Uint8Array) this.#bytes = given
    else this.#facts = given
  }

  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new TypeError(`A ${this.type} key is no secret key`)
    return this.#bytes
  }

  get pem(): string {
    if (this.#facts === undefined) throw new TypeError('A secret key is neither private nor public')
    return this.#facts.pem
  }

  get symmetricKeySize(): number | undefined {
    return this.#bytes?.length
  }

  get asymmetricKeyType(): string | undefined {
    return this.#facts?.kind
  }

  get asymmetricKeyDetails(): Record<string, unknown> | undefined {
    if (this.#facts === undefined) return undefined
    const { publicExponent, ...details } = this.#facts.details
    return publicExponent ? { ...details, publicExponent: BigInt(publicExponent as string) } : details
  }

  export(options: { type?: string, format?: string } = {}): unknown {
    if (this.#bytes !== undefined) {
      return options.format === 'jwk' ? { kty: 'oct', k: Buffer.from(this.#bytes).toString('base64url') } : Buffer.from(this.#bytes)
    }
    const written = askHost(['key', 'export', this.type, { text: this.pem }, options.format ?? 'pem', options.type])
    if (options.format === 'jwk') return JSON.parse(written as string)
    return typeof written === 'string' ? written : Buffer.from(written as Uint8Array)
  }

  equals(other: KeyObject): boolean {
    return this.type === other.type && (this.#bytes === undefined ? this.pem === other.pem : Buffer.from(this.#bytes).equals(Buffer.from(other.bytes)))
  }
}

/** What authors pass for a key: PEM text or bytes, {key, format, type, passphrase}, a JWK, or a KeyObject. */
export function boxOf(given: unknown): KeyBox {
  if (given instanceof KeyObject) return { text: given.pem }
  if (typeof given === 'string') return pem(given)
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return pem(Buffer.from(plain(toBytes(given))).toString())
  if (typeof given !== 'object' || given === null) throw new TypeError('The "key" argument must be a string, a Buffer, an object or a KeyObject')
  const { key, format, type, passphrase } = given as { key?: unknown, format?: string, type?: string, passphrase?: unknown }
  const rest = { ...(type !== undefined && { type }), ...(passphrase !== undefined && { passphrase: Buffer.from(toBytes(passphrase)).toString() }) }
  if (format === 'jwk') return { text: JSON.stringify(key), format }
  if (format === 'der') return { der: plain(toBytes(key)), format, ...rest }
  return { ...boxOf(key), ...rest }
}

/** Said here, without asking: what tells secrets from keys tries this with every secret. */
function pem(text: string): KeyBox {
  if (!text.includes('-----BEGIN')) throw Object.assign(new Error('error:1E08010C:DECODER routines::unsupported (the key is not PEM)'), { code: 'ERR_OSSL_UNSUPPORTED' })
  return { text }
}

function read(kind: 'private' | 'public', given: unknown): KeyObject {
  return new KeyObject(JSON.parse(askHost(['key', 'read', kind, boxOf(given)]) as string) as Facts)
}

export const createPrivateKey = (given: unknown): KeyObject => read('private', given)
export const createPublicKey = (given: unknown): KeyObject => read('public', given)
export const createSecretKey = (given: unknown, encoding?: string): KeyObject => new KeyObject(plain(toBytes(given, encoding)))

/** For `ec` with a `namedCurve`; RSA keys take too long to make within an event. */
export function generateKeyPairSync(kind: string, options: { namedCurve?: string, publicKeyEncoding?: object, privateKeyEncoding?: object } = {}): { publicKey: unknown, privateKey: unknown } {
  if (kind !== 'ec') throw new Error(`generateKeyPairSync makes keys of type "ec" only; make "${kind}" keys elsewhere and pass them in a setting.`)
  const privateKey = createPrivateKey(askHost(['key', 'generate', options.namedCurve]))
  const publicKey = createPublicKey(privateKey)
  return {
    publicKey: options.publicKeyEncoding ? publicKey.export(options.publicKeyEncoding) : publicKey,
    privateKey: options.privateKeyEncoding ? privateKey.export(options.privateKeyEncoding) : privateKey,
  }
}
