import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz'

/** A new identifier such as `src_4Fq0…`: a kind and 22 random characters (over 120 bits). */
export function newId(kind: 'ws' | 'src' | 'dst' | 'fn' | 'fnv' | 'ifi' | 'evt' | 'job' | 'run'): string {
  return `${kind}_${randomText(22)}`
}

/** A secret or key of `length` characters, all letters and digits. */
export function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // Bytes past the last whole multiple of the alphabet are thrown away: no letter is likelier than another.
      if (byte < 216 && text.length < length) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}
