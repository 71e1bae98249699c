/**
 * The youngest generation of seen hashes, in memory: an open-addressing table of fixed size with the second each hash was first seen.
 * Slots follow the hash's leading bits, so the table can be walked in hash order, bucket by bucket.
 */
import type { MessageHash } from './message-hash.ts'

const STRIDE = 5
const BUCKET_BITS = 12
/** How the oldest generations are cut up on disk; a bucket is what one lookup reads. */
export const BUCKETS = 1 << BUCKET_BITS
/** 32-bit words per hash on disk: the hash and its second. */
export const BUCKET_STRIDE = STRIDE

export class SeenTable {
  readonly #words: Uint32Array
  readonly #mask: number
  readonly #shift: number
  #count = 0

  /** Room for 2^slotBits hashes, at 20 bytes each; fill it to about half. */
  constructor(slotBits: number) {
    this.#words = new Uint32Array(STRIDE * 2 ** slotBits)
    this.#mask = 2 ** slotBits - 1
    this.#shift = 32 - slotBits
  }

  get count(): number {
    return this.#count
  }

  /** Where the hash is, or -1 - where it would go. */
  find(hash: MessageHash): number {
    const words = this.#words
    let slot = hash.a >>> this.#shift
    for (;;) {
      const at = slot * STRIDE
      if (words[at + 4] === 0) return -1 - slot
      if (words[at] === hash.a && words[at + 1] === hash.b && words[at + 2] === hash.c && words[at + 3] === hash.d) return slot
      slot = (slot + 1) & this.#mask
    }
  }

  secondAt(slot: number): number {
    return this.#words[slot * STRIDE + 4] as number
  }

  /** `slot` as `find` gave it, for a hash that is not there. */
  insert(slot: number, hash: MessageHash, second: number): void {
    const at = slot * STRIDE
    this.#words[at] = hash.a
    this.#words[at + 1] = hash.b
    this.#words[at + 2] = hash.c
    this.#words[at + 3] = hash.d
    this.#words[at + 4] = second
    this.#count++
  }

  setSecond(slot: number, second: number): void {
    this.#words[slot * STRIDE + 4] = second
  }

  /** Takes back the youngest insertion that is still there; only in reverse order, so that no probe chain breaks. */
  undoInsert(slot: number): void {
    this.#words[slot * STRIDE + 4] = 0
    this.#count--
  }

  clear(): void {
    this.#words.fill(0)
    this.#count = 0
  }

  /** The hashes of one bucket seen after `after`, each with its second. */
  bucket(bucket: number, after: number): Uint32Array {
    const words = this.#words
    const found: number[] = []
    let slot = (bucket * 2 ** (32 - BUCKET_BITS)) >>> this.#shift
    const slotEnd = slot + 2 ** (32 - BUCKET_BITS - this.#shift)
    // A hash may have been pushed past its bucket's last slot, as far as the next empty one.
    for (let walked = slot; ; walked++) {
      slot = walked & this.#mask
      const at = slot * STRIDE
      const second = words[at + 4] as number
      if (second === 0 && walked >= slotEnd) break
      if (second <= after || second === 0 || bucketOf(words[at] as number) !== bucket) continue
      for (let word = at; word < at + STRIDE; word++) found.push(words[word] as number)
    }
    return Uint32Array.from(found)
  }
}

export function bucketOf(firstWord: number): number {
  return firstWord >>> (32 - BUCKET_BITS)
}
