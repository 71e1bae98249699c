import { charCodeAt, fromCharCode, toText, NativeError } from '../primordials.guest.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Uint8Array(128).fill(255)
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i

export function btoa(value: unknown): string {
  const text = toText(value)
  return encodeBase64(text.length, (at) => {
    const unit = charCodeAt(text, at)
    if (unit > 255) throw new NativeError('btoa takes characters up to U+00FF; encode the text as UTF-8 first')
    return unit
  })
}

export function atob(value: unknown): string {
  let text = ''
  decodeBase64(toText(value), (byte) => {
    text += fromCharCode(byte)
  })
  return text
}

export function bytesToBase64(bytes: Uint8Array): string {
  return encodeBase64(bytes.length, (at) => bytes[at]!)
}

export function base64ToBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(text.length * 3 / 4))
  let length = 0
  decodeBase64(text, (byte) => {
    bytes[length++] = byte
  })
  return bytes.subarray(0, length)
}

function encodeBase64(length: number, byteAt: (at: number) => number): string {
  let text = ''
  for (let i = 0; i < length; i += 3) {
    const left = length - i
    const bits = (byteAt(i) << 16) | (left > 1 ? byteAt(i + 1) << 8 : 0) | (left > 2 ? byteAt(i + 2) : 0)
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]! + (left > 1 ? ALPHABET[(bits >> 6) & 63]! : '=') + (left > 2 ? ALPHABET[bits & 63]! : '=')
  }
  return text
}

/** Takes the URL alphabet too, skips white space, ends at "=". */
function decodeBase64(text: string, take: (byte: number) => void): void {
  let bits = 0
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i)
    if (unit === 61) break
    if (unit === 32 || (unit >= 9 && unit <= 13)) continue
    const value = unit === 45 ? 62 : unit === 95 ? 63 : unit < 128 ? VALUES[unit]! : 255
    if (value === 255) throw new NativeError('The string to be decoded is not correctly encoded.')
    bits = ((bits << 6) | value) & 0xffffff
    count += 6
    if (count >= 8) {
      count -= 8
      take((bits >> count) & 255)
    }
  }
}
