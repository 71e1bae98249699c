import { setTimeout } from '../../globals/timers.guest.ts'
import { DOMException, Event, EventTarget } from './event.guest.ts'

/** Only here signals are made and ended. */
const OURS = Symbol('ours')
const END = Symbol('end')

export class AbortSignal extends EventTarget {
  #aborted = false
  #reason: unknown = undefined
  onabort: ((event: Event) => void) | null = null

  constructor(key?: symbol) {
    super()
    if (key !== OURS) throw new TypeError('Illegal constructor')
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }

  [END](reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason ?? new DOMException('This operation was aborted', 'AbortError')
    const event = new Event('abort')
    this.onabort?.(event)
    this.dispatchEvent(event)
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(OURS)
    signal[END](reason)
    return signal
  }

  static timeout(ms: number): AbortSignal {
    const signal = new AbortSignal(OURS)
    setTimeout(() => signal[END](new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms)
    return signal
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const all = new AbortSignal(OURS)
    for (const signal of signals) {
      if (signal.aborted) all[END](signal.reason)
      else signal.addEventListener('abort', () => all[END](signal.reason))
    }
    return all
  }
}

export class AbortController {
  readonly signal = new AbortSignal(OURS)

  abort(reason?: unknown): void {
    this.signal[END](reason)
  }
}
