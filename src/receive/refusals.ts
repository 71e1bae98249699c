/**
 * Exact counts of what receive answered 200 to and yet did not keep, by source and code, since the process started.
 * Clients never learn of these; the API shows them. Requests answered 4xx or 5xx are not in here.
 */
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'

export interface RefusalCount {
  /** Empty for unknown sources, and for all sources past the limit of pairs. */
  sourceId: string
  code: ErrorCode
  /** In events; an empty batch and a webhook count as one. */
  count: number
}

export class Refusals {
  readonly #counts = new Map<string, RefusalCount>()
  readonly #pairsMax: number

  constructor(pairsMax: number = limits.refusalCountersMax) {
    this.#pairsMax = pairsMax
  }

  add(sourceId: string, code: ErrorCode, count = 1): void {
    const key = `${sourceId} ${code}`
    const known = this.#counts.get(key)
    if (known) known.count += count
    // Pairs without a source number no more than the codes, so they may always be added.
    else if (sourceId === '' || this.#counts.size < this.#pairsMax) this.#counts.set(key, { sourceId, code, count })
    else this.add('', code, count)
  }

  /** A copy, in the order in which the pairs first occurred. */
  list(): RefusalCount[] {
    return Array.from(this.#counts.values(), (row) => ({ ...row }))
  }
}
