import { decodeUtf8, encodeUtf8 } from '../../globals/utf8.guest.ts'

export class TextEncoder {
  readonly encoding = 'utf-8'

  encode(text = ''): Uint8Array {
    return encodeUtf8(String(text))
  }

  encodeInto(text: string, target: Uint8Array): { read: number, written: number } {
    let read = 0
    let written = 0
    for (const character of text) {
      const bytes = encodeUtf8(character)
      if (written + bytes.length > target.length) break
      target.set(bytes, written)
      written += bytes.length
      read += character.length
    }
    return { read, written }
  }
}

const ENCODINGS: Record<string, string> = {
  'utf-8': 'utf-8', utf8: 'utf-8', 'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', ucs2: 'utf-16le',
  latin1: 'windows-1252', 'iso-8859-1': 'windows-1252', ascii: 'windows-1252', 'us-ascii': 'windows-1252', 'windows-1252': 'windows-1252',
}

export class TextDecoder {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  /** The beginning of a character whose end comes with the next piece. */
  #kept = new Uint8Array(0)

  constructor(label = 'utf-8', options: { fatal?: boolean, ignoreBOM?: boolean } = {}) {
    const encoding = ENCODINGS[String(label).trim().toLowerCase()]
    if (encoding === undefined) throw new RangeError(`The "${label}" encoding is not supported`)
    this.encoding = encoding
    this.fatal = options.fatal ?? false
    this.ignoreBOM = options.ignoreBOM ?? false
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } = {}): string {
    const given = input === undefined ? new Uint8Array(0) : input instanceof ArrayBuffer ? new Uint8Array(input) : new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    const bytes = new Uint8Array(this.#kept.length + given.length)
    bytes.set(this.#kept)
    bytes.set(given, this.#kept.length)
    const end = options.stream ? bytes.length - unfinished(bytes, this.encoding) : bytes.length
    this.#kept = bytes.slice(end)
    const text = decode(bytes.subarray(0, end), this.encoding)
    if (this.fatal && this.encoding === 'utf-8' && text.includes('\ufffd') && !isReplacement(bytes)) throw new TypeError('The encoded data was not valid for encoding utf-8')
    return !this.ignoreBOM && text.startsWith('\ufeff') ? text.slice(1) : text
  }
}

function decode(bytes: Uint8Array, encoding: string): string {
  if (encoding === 'utf-8') return decodeUtf8(bytes)
  let text = ''
  if (encoding === 'utf-16le') for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(bytes[i]! | (bytes[i + 1]! << 8))
  else for (const byte of bytes) text += byte >= 0x80 && byte < 0xa0 ? WINDOWS_1252[byte - 0x80]! : String.fromCharCode(byte)
  return text
}

const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/** Bytes at the end that begin a character and do not end it. */
function unfinished(bytes: Uint8Array, encoding: string): number {
  if (encoding === 'utf-16le') return bytes.length % 2
  if (encoding !== 'utf-8') return 0
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}

/** Whether U+FFFD was really written. */
function isReplacement(bytes: Uint8Array): boolean {
  const text = decodeUtf8(bytes)
  const again = encodeUtf8(text)
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i])
}
