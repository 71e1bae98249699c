import { AS_BODY, type BodyContent } from '../../globals/body.guest.ts'
import { decodeUtf8, encodeUtf8 } from '../../globals/utf8.guest.ts'
import { now } from '../../primordials.guest.ts'

export class Blob {
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly type: string

  constructor(parts: Iterable<unknown> = [], options: { type?: string } = {}) {
    const pieces = [...parts].map(bytesOf)
    this.#bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
    let at = 0
    for (const piece of pieces) {
      this.#bytes.set(piece, at)
      at += piece.length
    }
    this.type = String(options.type ?? '').toLowerCase()
  }

  get [Symbol.toStringTag](): string {
    return 'Blob'
  }

  get size(): number {
    return this.#bytes.length
  }

  slice(start?: number, end?: number, type = ''): Blob {
    return new Blob([this.#bytes.slice(start, end)], { type })
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.buffer.slice(0)
  }

  async bytes(): Promise<Uint8Array> {
    return this.#bytes.slice()
  }

  async text(): Promise<string> {
    return decodeUtf8(this.#bytes)
  }

  [AS_BODY](): { content: BodyContent, type: string | null } {
    return { content: this.#bytes, type: this.type === '' ? null : this.type }
  }

  static bytesOf(blob: Blob): Uint8Array<ArrayBuffer> {
    return blob.#bytes
  }
}

export function bytesOf(part: unknown): Uint8Array<ArrayBuffer> {
  if (part instanceof Blob) return Blob.bytesOf(part)
  if (part instanceof ArrayBuffer) return new Uint8Array(part)
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength)
  return encodeUtf8(String(part))
}

export class File extends Blob {
  readonly name: string
  readonly lastModified: number

  constructor(parts: Iterable<unknown>, name: string, options: { type?: string, lastModified?: number } = {}) {
    super(parts, options)
    this.name = String(name)
    this.lastModified = options.lastModified ?? now()
  }
}
