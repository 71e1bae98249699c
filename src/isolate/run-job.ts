/** One invocation on its way: it is done when each of its payloads has a result. */
import type { Invocation, RunResult } from './runtime.ts'

export class RunJob {
  readonly invocation: Invocation
  readonly queuedMs: number
  readonly #results: (RunResult | undefined)[]
  readonly #resolve: (results: RunResult[]) => void
  #missing: number

  constructor(invocation: Invocation, options: { nowMs: number, resolve: (results: RunResult[]) => void }) {
    this.invocation = invocation
    this.queuedMs = options.nowMs
    this.#resolve = options.resolve
    this.#missing = invocation.payloads.length
    this.#results = new Array<RunResult | undefined>(this.#missing).fill(undefined)
  }

  isSettled(index: number): boolean {
    return this.#results[index] !== undefined
  }

  /** The first result of a payload counts. */
  settle(index: number, result: RunResult): void {
    if (this.#results[index] !== undefined) return
    this.#results[index] = result
    if (--this.#missing === 0) this.#resolve(this.#results as RunResult[])
  }
}

/** Some consecutive payloads of one job. */
export interface Segment {
  job: RunJob
  from: number
  /** Not included. */
  to: number
}
