/**
 * Says which of up to 32 columns may hold a hash: one Bloom filter per column, all in one array of 32-bit words, a bit for each column. So one
 * lookup asks all columns at once, and the memory is the same however many hashes there are; too many only make it answer "maybe" more often.
 */
const PROBES = 4
export const FILTER_COLUMNS = 32

export class SeenFilter {
  readonly #words: Uint32Array
  readonly #mask: number

  constructor(wordBits: number) {
    this.#words = new Uint32Array(2 ** wordBits)
    this.#mask = 2 ** wordBits - 1
  }

  add(column: number, c: number, d: number): void {
    const bit = 1 << column
    let position = c
    for (let probe = 0; probe < PROBES; probe++) {
      const at = position & this.#mask
      this.#words[at] = (this.#words[at] as number) | bit
      position = (position + (d | 1)) | 0
    }
  }

  /** The columns among `columns` (a bit set) that may hold the hash. */
  columnsOf(columns: number, c: number, d: number): number {
    let left = columns
    let position = c
    for (let probe = 0; probe < PROBES && left !== 0; probe++) {
      left &= this.#words[position & this.#mask] as number
      position = (position + (d | 1)) | 0
    }
    return left
  }

  clear(column: number): void {
    const keep = ~(1 << column)
    for (let at = 0; at < this.#words.length; at++) this.#words[at] = (this.#words[at] as number) & keep
  }

  /** Column `to` then answers for both. */
  merge(from: number, to: number): void {
    const bit = 1 << from
    for (let at = 0; at < this.#words.length; at++) {
      const word = this.#words[at] as number
      if (word & bit) this.#words[at] = (word & ~bit) | (1 << to)
    }
  }
}
