/** A body of a request or response: held as text or bytes, read once. */
import { decodeUtf8, encodeUtf8 } from './utf8.guest.ts'
import { parseJson, toText } from '../primordials.guest.ts'
import { isSearchParams } from './url.guest.ts'
import { loadLibrary } from './libraries.guest.ts'
import { FetchError } from './fetch-error.guest.ts'

export type BodyContent = string | Uint8Array<ArrayBuffer> | null

/** Objects that know how to be a body, such as forms, have a method of this name. */
export const AS_BODY = Symbol('body')

export interface BodySource {
  [AS_BODY](): { content: BodyContent, type: string | null }
}

/** What authors pass as a body; objects of unknown kinds become text as node-fetch 2 makes it. */
export function contentOf(given: unknown): { content: BodyContent, type: string | null } {
  if (given === undefined || given === null) return { content: null, type: null }
  if (typeof given === 'string') return { content: given, type: 'text/plain;charset=UTF-8' }
  if (isBodySource(given)) return given[AS_BODY]()
  if (isSearchParams(given)) return { content: toText(given), type: 'application/x-www-form-urlencoded;charset=UTF-8' }
  if (given instanceof ArrayBuffer) return { content: new Uint8Array(given.slice(0)), type: null }
  if (ArrayBuffer.isView(given)) return { content: new Uint8Array(given.buffer as ArrayBuffer, given.byteOffset, given.byteLength).slice(), type: null }
  return { content: toText(given), type: 'text/plain;charset=UTF-8' }
}

function isBodySource(given: unknown): given is BodySource {
  return typeof given === 'object' && typeof (given as Partial<BodySource>)[AS_BODY] === 'function'
}

/** As Node's own, which needs the library. */
function toBuffer(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const { Buffer } = loadLibrary('buffer') as { Buffer: { from(buffer: ArrayBuffer, offset: number, length: number): Uint8Array } }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export class Body {
  readonly #content: BodyContent
  #used = false
  readonly #url: string

  constructor(content: BodyContent, url: string) {
    this.#content = content
    this.#url = url
  }

  get bodyUsed(): boolean {
    return this.#used
  }

  async text(): Promise<string> {
    const content = this.#take()
    return content === null ? '' : typeof content === 'string' ? content : decodeUtf8(content)
  }

  async json(): Promise<unknown> {
    const text = await this.text()
    try {
      return parseJson(text)
    } catch (thrown) {
      throw new FetchError(`invalid json response body at ${this.#url} reason: ${(thrown as Error).message}`, 'invalid-json')
    }
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = this.#bytes()
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  }

  async buffer(): Promise<Uint8Array> {
    return toBuffer(this.#bytes())
  }

  async blob(): Promise<unknown> {
    const { Blob } = loadLibrary('web') as { Blob: new (parts: unknown[], options: { type: string }) => unknown }
    const { headers } = this as { headers?: { get(name: string): string | null } }
    return new Blob([this.#bytes()], { type: headers?.get('content-type') ?? '' })
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    const content = this.#take()
    return content === null ? new Uint8Array(0) : typeof content === 'string' ? encodeUtf8(content) : content
  }

  #take(): BodyContent {
    if (this.#used) throw new TypeError(`body used already for: ${this.#url}`)
    this.#used = true
    return this.#content
  }

  /** For clones and for sending: what it holds, whether read or not. */
  static contentOf(body: Body): BodyContent {
    return body.#content
  }
}
