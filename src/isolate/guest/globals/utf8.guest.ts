/** UTF-8 for bodies given or wanted as bytes; the language itself has no codec. */
import { charCodeAt, fromCharCode } from '../primordials.guest.ts'

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 3)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    let point = charCodeAt(text, i)
    if (point >= 0xd800 && point < 0xe000) {
      const low = i + 1 < text.length ? charCodeAt(text, i + 1) : 0
      const paired = point < 0xdc00 && low >= 0xdc00 && low < 0xe000
      point = paired ? 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00) : 0xfffd
      if (paired) i++
    }
    if (point < 0x80) bytes[length++] = point
    else {
      if (point < 0x800) bytes[length++] = 0xc0 | (point >> 6)
      else {
        if (point < 0x10000) bytes[length++] = 0xe0 | (point >> 12)
        else {
          bytes[length++] = 0xf0 | (point >> 18)
          bytes[length++] = 0x80 | ((point >> 12) & 63)
        }
        bytes[length++] = 0x80 | ((point >> 6) & 63)
      }
      bytes[length++] = 0x80 | (point & 63)
    }
  }
  return bytes.slice(0, length)
}

/** What is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = ''
  let i = 0
  while (i < bytes.length) {
    const first = bytes[i++]!
    const more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : -1
    let point = more <= 0 ? first : first & (0x3f >> more)
    let taken = 0
    while (taken < more && (bytes[i + taken]! & 0xc0) === 0x80) point = (point << 6) | (bytes[i + taken++]! & 63)
    if (more === -1 || taken < more || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff) text += '\ufffd'
    else text += point < 0x10000 ? fromCharCode(point) : fromCharCode(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff))
    i += taken
  }
  return text
}
