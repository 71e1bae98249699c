/**
 * 128-bit hashes of message ids (MurmurHash3 x86 128), seeded with a secret of the file and the source, so that equal ids of two
 * sources differ. Two ids of 10^10 share a hash with a chance below 10^-18; and who could make two collide on purpose would have to
 * know the secret, and could then only hide events from the very source whose write key he has.
 */
const C1 = 0x239b961b, C2 = 0xab0e9789, C3 = 0x38b34ae5, C4 = 0xa1e38b93

export type HashSeed = readonly [number, number, number, number]

/** Holds the last hash, so that hashing allocates nothing. */
export class MessageHash {
  a = 0
  b = 0
  c = 0
  d = 0

  /** Hashes bytes[start, end). */
  of(bytes: Uint8Array, start: number, end: number, seed: HashSeed): void {
    let h1 = seed[0], h2 = seed[1], h3 = seed[2], h4 = seed[3]
    const blocksEnd = start + ((end - start) & ~15)
    let at = start
    for (; at < blocksEnd; at += 16) {
      h1 = (Math.imul(rotate(h1 ^ scramble1(word(bytes, at)), 19) + h2, 5) + 0x561ccd1b) | 0
      h2 = (Math.imul(rotate(h2 ^ scramble2(word(bytes, at + 4)), 17) + h3, 5) + 0x0bcaa747) | 0
      h3 = (Math.imul(rotate(h3 ^ scramble3(word(bytes, at + 8)), 15) + h4, 5) + 0x96cd1c35) | 0
      h4 = (Math.imul(rotate(h4 ^ scramble4(word(bytes, at + 12)), 13) + h1, 5) + 0x32ac3b17) | 0
    }
    if (end - at > 12) h4 ^= scramble4(partialWord(bytes, at + 12, end))
    if (end - at > 8) h3 ^= scramble3(partialWord(bytes, at + 8, end))
    if (end - at > 4) h2 ^= scramble2(partialWord(bytes, at + 4, end))
    if (end > at) h1 ^= scramble1(partialWord(bytes, at, end))
    const length = end - start
    this.a = h1 ^ length
    this.b = h2 ^ length
    this.c = h3 ^ length
    this.d = h4 ^ length
    this.#finish()
  }

  #finish(): void {
    let h1 = (this.a + this.b + this.c + this.d) | 0
    const h2 = mix((this.b + h1) | 0)
    const h3 = mix((this.c + h1) | 0)
    const h4 = mix((this.d + h1) | 0)
    h1 = (mix(h1) + h2 + h3 + h4) | 0
    this.a = h1 >>> 0
    this.b = (h2 + h1) >>> 0
    this.c = (h3 + h1) >>> 0
    this.d = (h4 + h1) >>> 0
  }
}

/** The seed for one source's ids of one kind; a webhook and an event may share an id without being repeats of one another. */
export function sourceSeed(secret: Uint8Array, kind: string, sourceId: string): HashSeed {
  const hash = new MessageHash()
  const bytes = Buffer.concat([secret, Buffer.from(`${kind}\n${sourceId}`)])
  hash.of(bytes, 0, bytes.length, [0, 0, 0, 0])
  return [hash.a, hash.b, hash.c, hash.d]
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}

function partialWord(bytes: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let index = Math.min(at + 4, end) - 1; index >= at; index--) value = (value << 8) | (bytes[index] as number)
  return value
}

function scramble1(value: number): number {
  return Math.imul(rotate(Math.imul(value, C1), 15), C2)
}

function scramble2(value: number): number {
  return Math.imul(rotate(Math.imul(value, C2), 16), C3)
}

function scramble3(value: number): number {
  return Math.imul(rotate(Math.imul(value, C3), 17), C4)
}

function scramble4(value: number): number {
  return Math.imul(rotate(Math.imul(value, C4), 18), C1)
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
