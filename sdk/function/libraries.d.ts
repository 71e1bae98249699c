/**
 * The libraries that a function finds as globals (`functions/GLOBALS.md` lists them with versions). What functions use most has precise
 * types here. The rest is a `Library`: anything may be called, made and read, and what comes out says what it is with `as` (under
 * `noUncheckedIndexedAccess` every name of it wants a `!`).
 */

type Library = {
  (...values: unknown[]): Library
  new (...values: unknown[]): Library
  readonly [name: string]: Library
}

type Bytes = string | ArrayBuffer | ArrayBufferView
type BufferEncoding = 'utf8' | 'utf-8' | 'hex' | 'base64' | 'base64url' | 'latin1' | 'binary' | 'ascii' | 'utf16le' | 'ucs2'

/** As in Node. */
interface Buffer extends Uint8Array {
  toString(encoding?: BufferEncoding, start?: number, end?: number): string
  toJSON(): { type: 'Buffer', data: number[] }
  equals(other: Uint8Array): boolean
  write(text: string, offset?: number, encoding?: BufferEncoding): number
  readUInt8(offset?: number): number
  readUInt16BE(offset?: number): number
  readUInt16LE(offset?: number): number
  readUInt32BE(offset?: number): number
  readUInt32LE(offset?: number): number
  writeUInt8(value: number, offset?: number): number
  writeUInt16BE(value: number, offset?: number): number
  writeUInt16LE(value: number, offset?: number): number
  writeUInt32BE(value: number, offset?: number): number
  writeUInt32LE(value: number, offset?: number): number
}
declare const Buffer: {
  from(text: string, encoding?: BufferEncoding): Buffer
  from(bytes: ArrayBuffer, offset?: number, length?: number): Buffer
  from(bytes: ArrayLike<number>): Buffer
  alloc(length: number, fill?: string | number): Buffer
  concat(parts: readonly Uint8Array[], length?: number): Buffer
  byteLength(value: Bytes, encoding?: BufferEncoding): number
  compare(a: Uint8Array, b: Uint8Array): number
  isBuffer(value: unknown): value is Buffer
  isEncoding(name: string): name is BufferEncoding
}

/** Live values of this isolate, kept from event to event; gone when the isolate is. */
declare const cache: {
  /** Runs `fn` when the key is missing or older than `ttlMs` (-1: never too old). Parallel loads share one run; failures are not kept. */
  load<Value>(key: string, ttlMs: number | undefined, fn: () => Value | Promise<Value>): Promise<Value>
  delete(key: string): void
}

interface Hash {
  update(value: Bytes, encoding?: BufferEncoding): this
  digest(): Buffer
  digest(encoding: BufferEncoding): string
}
interface Cipher {
  update(value: Bytes): Buffer
  update(value: Bytes, from: BufferEncoding | undefined, to: BufferEncoding): string
  final(): Buffer
  final(encoding: BufferEncoding): string
  setAutoPadding(on?: boolean): this
  setAAD(value: Bytes): this
  /** GCM only. */
  getAuthTag(): Buffer
  /** GCM only, when decrypting. */
  setAuthTag(tag: Bytes, encoding?: BufferEncoding): this
}
interface KeyObject {
  readonly type: 'secret' | 'private' | 'public'
  readonly asymmetricKeyType?: string
  export(options?: { type?: string, format?: 'pem' | 'der' | 'jwk' }): unknown
}
/** PEM text, or an object as Node takes it. */
type KeyLike = string | Uint8Array | KeyObject | { key: unknown, format?: string, type?: string, passphrase?: string, padding?: number, saltLength?: number, dsaEncoding?: string, oaepHash?: string }

/** Node's module and the web's `subtle` in one. */
declare const crypto: {
  createHash(digest: string): Hash
  createHmac(digest: string, key: Bytes | KeyObject): Hash
  hash(digest: string, value: Bytes, encoding?: BufferEncoding): string
  getHashes(): string[]
  getCiphers(): string[]
  createCipheriv(suite: string, key: Bytes | KeyObject, iv: Bytes | null, options?: { authTagLength?: number }): Cipher
  createDecipheriv(suite: string, key: Bytes | KeyObject, iv: Bytes | null, options?: { authTagLength?: number }): Cipher
  createSign(digest: string): { update(value: Bytes, encoding?: BufferEncoding): ReturnType<typeof crypto.createSign>, sign(key: KeyLike): Buffer, sign(key: KeyLike, encoding: BufferEncoding): string }
  createVerify(digest: string): { update(value: Bytes, encoding?: BufferEncoding): ReturnType<typeof crypto.createVerify>, verify(key: KeyLike, signature: Bytes, encoding?: BufferEncoding): boolean }
  sign(digest: string | null, value: Bytes, key: KeyLike): Buffer
  verify(digest: string | null, value: Bytes, key: KeyLike, signature: Bytes): boolean
  publicEncrypt(key: KeyLike, value: Bytes): Buffer
  privateDecrypt(key: KeyLike, value: Bytes): Buffer
  createPrivateKey(key: KeyLike): KeyObject
  createPublicKey(key: KeyLike): KeyObject
  createSecretKey(key: Bytes, encoding?: BufferEncoding): KeyObject
  randomBytes(length: number): Buffer
  randomInt(max: number): number
  randomInt(min: number, max: number): number
  randomUUID(): string
  getRandomValues<View extends ArrayBufferView>(view: View): View
  timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean
  pbkdf2Sync(password: Bytes, salt: Bytes, iterations: number, length: number, digest: string): Buffer
  scryptSync(password: Bytes, salt: Bytes, length: number, options?: { N?: number, r?: number, p?: number }): Buffer
  hkdfSync(digest: string, key: Bytes | KeyObject, salt: Bytes, info: Bytes, length: number): ArrayBuffer
  readonly constants: { readonly [name: string]: number }
  /** Web Crypto: digest, sign, verify, encrypt, decrypt, importKey, exportKey, generateKey, deriveKey, deriveBits. */
  readonly subtle: { readonly [call: string]: (...values: unknown[]) => Promise<unknown> }
}

declare class Blob {
  constructor(parts?: Iterable<string | ArrayBuffer | ArrayBufferView | Blob>, options?: { type?: string })
  readonly size: number
  readonly type: string
  slice(start?: number, end?: number, type?: string): Blob
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}
declare class File extends Blob {
  constructor(parts: Iterable<string | ArrayBuffer | ArrayBufferView | Blob>, name: string, options?: { type?: string })
  readonly name: string
}

/** As a body of `fetch` it brings its own content-type; `getHeaders()` is there for code that was written for form-data. */
declare class FormData {
  append(name: string, value: string | number | Blob | ArrayBuffer | ArrayBufferView, file?: string | { filename?: string, contentType?: string }): void
  set(name: string, value: string | number | Blob | ArrayBuffer | ArrayBufferView, file?: string | { filename?: string, contentType?: string }): void
  get(name: string): string | File | null
  getAll(name: string): (string | File)[]
  has(name: string): boolean
  delete(name: string): void
  entries(): IterableIterator<[string, string | File]>
  getHeaders(): { [name: string]: string }
  getBuffer(): Buffer
}

declare class Event {
  constructor(type: string, options?: { cancelable?: boolean })
  readonly type: string
}
declare class EventTarget {
  addEventListener(type: string, listener: (event: Event) => void, options?: { once?: boolean }): void
  removeEventListener(type: string, listener: (event: Event) => void): void
  dispatchEvent(event: Event): boolean
}
declare class AbortSignal extends EventTarget {
  readonly aborted: boolean
  readonly reason: unknown
  static abort(reason?: unknown): AbortSignal
  static timeout(ms: number): AbortSignal
  static any(signals: Iterable<AbortSignal>): AbortSignal
}
declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare class TextEncoder {
  encode(text?: string): Uint8Array
}
declare class TextDecoder {
  constructor(encoding?: string, options?: { fatal?: boolean, ignoreBOM?: boolean })
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string
}

declare function structuredClone<Value>(value: Value): Value
declare function queueMicrotask(callback: () => void): void
declare function setImmediate(callback: (...args: unknown[]) => void, ...args: unknown[]): number
declare function clearImmediate(timer?: number): void

declare const jsonwebtoken: {
  sign(payload: object | string, secretOrPrivateKey: KeyLike, options?: object): string
  /** @throws JsonWebTokenError, TokenExpiredError, NotBeforeError */
  verify(token: string, secretOrPublicKey: KeyLike, options?: object): { [claim: string]: unknown }
  decode(token: string, options?: object): { [claim: string]: unknown } | null
}

type Uuidv5 = (namespace: 'dns' | 'url' | 'oid' | 'x500' | 'null' | (string & {}), name: string) => string
/** Segment's samples write `uuidv5 = uuidv5.uuidv5`; both forms work, again and again. */
declare let uuidv5: Uuidv5 & { uuidv5: typeof uuidv5 }

interface Zlib {
  deflateSync(value: Bytes, options?: object): Buffer
  inflateSync(value: Bytes, options?: object): Buffer
  deflateRawSync(value: Bytes, options?: object): Buffer
  inflateRawSync(value: Bytes, options?: object): Buffer
  gzipSync(value: Bytes, options?: object): Buffer
  gunzipSync(value: Bytes, options?: object): Buffer
  unzipSync(value: Bytes, options?: object): Buffer
  deflate(value: Bytes, options?: object): Promise<Buffer>
  inflate(value: Bytes, options?: object): Promise<Buffer>
  gzip(value: Bytes, options?: object): Promise<Buffer>
  gunzip(value: Bytes, options?: object): Promise<Buffer>
  unzip(value: Bytes, options?: object): Promise<Buffer>
}
declare let zlib: Zlib & { zlib: typeof zlib }

declare const xml: (value: unknown, options?: string | boolean | { indent?: string | boolean, declaration?: boolean | object }) => string
declare const xml2js: {
  parseStringPromise(text: string, options?: object): Promise<unknown>
  parseString(text: string, done: (error: Error | null, result: unknown) => void): void
  readonly Parser: Library
  readonly Builder: new (options?: object) => { buildObject(value: object): string }
}

/** lodash */
declare const _: Library & {
  get(object: unknown, path: string | readonly (string | number)[], fallback?: unknown): unknown
  pick(object: unknown, ...paths: (string | readonly string[])[]): { [name: string]: unknown }
  omit(object: unknown, ...paths: (string | readonly string[])[]): { [name: string]: unknown }
  isEmpty(value: unknown): boolean
  isEqual(a: unknown, b: unknown): boolean
  camelCase(text?: string): string
  snakeCase(text?: string): string
  kebabCase(text?: string): string
  startCase(text?: string): string
}

interface Moment {
  format(pattern?: string): string
  toISOString(): string
  toDate(): Date
  unix(): number
  valueOf(): number
  isValid(): boolean
  utc(keepLocalTime?: boolean): Moment
  tz(zone: string): Moment
  add(amount: number, unit: string): Moment
  subtract(amount: number, unit: string): Moment
  startOf(unit: string): Moment
  endOf(unit: string): Moment
  diff(other: MomentInput, unit?: string, precise?: boolean): number
  isBefore(other: MomentInput, unit?: string): boolean
  isAfter(other: MomentInput, unit?: string): boolean
  isSame(other: MomentInput, unit?: string): boolean
  fromNow(): string
}
type MomentInput = string | number | Date | Moment | null | undefined
/** moment-timezone */
declare const moment: ((value?: MomentInput, format?: string, strict?: boolean) => Moment) & {
  utc(value?: MomentInput, format?: string): Moment
  unix(seconds: number): Moment
  tz(value: MomentInput, zone: string): Moment
  duration(amount: number | string, unit?: string): { asMilliseconds(): number, asSeconds(): number, asHours(): number, asDays(): number, humanize(): string }
  isMoment(value: unknown): value is Moment
}

declare const libphonenumberjslib: {
  readonly libphonenumberjs: Library & {
    parsePhoneNumber(text: string, country?: string): { readonly number: string, readonly country?: string, isValid(): boolean, formatInternational(): string, formatNational(): string }
    isValidPhoneNumber(text: string, country?: string): boolean
  }
}
declare const fetchretrylib: { fetchretry(fetch: typeof globalThis.fetch, defaults?: object): (input: string | URL | Request, init?: RequestInit & { retries?: number, retryDelay?: unknown, retryOn?: unknown }) => Promise<Response> }

declare const cryptojslib: { readonly cryptojs: Library }
declare let aws4: Library
declare const OAuth: Library
declare const https: Library
declare const http: Library
/** Version 2 of the SDK. */
declare const AWS: Library
declare const stripe: Library
declare const twilio: Library
declare const sendgrid: Library
declare const hubspotlib: Library
declare const mailchimplib: Library
