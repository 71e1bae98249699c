/** What a guest may ask of its child: fetches and timers. Nothing it says is trusted: types are checked and everything is counted here again. */
import { WHOLE_FRAME, type ChildLimits } from './protocol.ts'

const TIMER_MS_MAX = 2 ** 31 - 1

export interface HostCallsOptions {
  limits: ChildLimits
  /** The frame that is running. */
  frame(): { frame: number, count: number } | undefined
  fetch(call: { frame: number, index: number, id: number, request: string }): void
  report(index: number, text: string): void
  /** A log line as JSON text. */
  log(line: string): void
  settle(box: readonly unknown[]): void
}

export class HostCalls {
  readonly #options: HostCallsOptions
  readonly #timers = new Map<number, NodeJS.Timeout>()
  /** Fetches on their way; an answer to anything else is refused. */
  readonly #fetches = new Set<number>()

  constructor(options: HostCallsOptions) {
    this.#options = options
  }

  /** Never throws. */
  take(message: unknown): void {
    if (!Array.isArray(message)) return
    const [kind, first, second, third] = message as unknown[]
    if (typeof first !== 'number' || !Number.isSafeInteger(first)) return
    if (kind === 'fetch' && typeof second === 'number' && typeof third === 'string') this.#fetch(first, second, third)
    else if (kind === 'timer' && typeof second === 'number') this.#startTimer(first, second)
    else if (kind === 'clear') this.#clearTimer(first)
    else if (kind === 'report' && typeof second === 'string') this.#report(first, second)
    else if (kind === 'log' && typeof second === 'string') this.#options.log(second)
  }

  #fetch(id: number, index: number, request: string): void {
    const { limits, settle, fetch } = this.#options
    const running = this.#options.frame()
    const known = index === -1 || index === WHOLE_FRAME || (running !== undefined && Number.isInteger(index) && index >= 0 && index < running.count)
    if (!known || this.#fetches.has(id)) return
    if (this.#fetches.size >= limits.functionFetchesInFlightMax || request.length > limits.frameBytesMax) {
      settle(['fetched', id, JSON.stringify({ ok: false, code: 'fetch_limit', message: 'too many requests are open, or the request is too large' }), ''])
      return
    }
    this.#fetches.add(id)
    fetch({ frame: running?.frame ?? 0, index, id, request })
  }

  answerFetch(id: number, head: string, body: string): void {
    if (this.#fetches.delete(id)) this.#options.settle(['fetched', id, head, body])
  }

  #startTimer(id: number, delayMs: number): void {
    if (this.#timers.size >= this.#options.limits.functionTimersMax) return
    this.#clearTimer(id)
    const timer = setTimeout(() => {
      this.#timers.delete(id)
      this.#options.settle(['timer', id])
    }, Math.min(Math.max(delayMs, 1), TIMER_MS_MAX))
    this.#timers.set(id, timer)
  }

  #clearTimer(id: number): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }

  #report(index: number, text: string): void {
    const running = this.#options.frame()
    if (running !== undefined && Number.isInteger(index) && index >= 0 && index < running.count) this.#options.report(index, text)
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#fetches.clear()
  }
}
