import { addLog } from '../../globals/console.guest.ts'
import { describeThrown } from '../../errors.guest.ts'
import { now } from '../../primordials.guest.ts'

const CODES: Record<string, number> = { InvalidStateError: 11, SyntaxError: 12, NetworkError: 19, AbortError: 20, TimeoutError: 23, DataCloneError: 25 }

export class DOMException extends Error {
  readonly code: number

  constructor(message = '', name: string | { name?: string } = 'Error') {
    super(message)
    const given = typeof name === 'string' ? name : name.name ?? 'Error'
    Object.defineProperty(this, 'name', { value: given, configurable: true, writable: true })
    this.code = CODES[given] ?? 0
  }
}

export interface EventInit {
  bubbles?: boolean
  cancelable?: boolean
}

export class Event {
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly timeStamp = now()
  defaultPrevented = false
  target: EventTarget | null = null
  currentTarget: EventTarget | null = null
  stopped = false

  constructor(type: string, init: EventInit = {}) {
    this.type = String(type)
    this.bubbles = init.bubbles ?? false
    this.cancelable = init.cancelable ?? false
  }

  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true
  }

  stopPropagation(): void {
    // There is one target and nothing above it.
  }

  stopImmediatePropagation(): void {
    this.stopped = true
  }
}

type Listener = ((event: Event) => void) | { handleEvent(event: Event): void }
interface Listening {
  listener: Listener
  once: boolean
}
type ListenOptions = boolean | { once?: boolean, signal?: EventTarget & { aborted: boolean } }

export class EventTarget {
  readonly #listening = new Map<string, Listening[]>()

  addEventListener(type: string, listener: Listener | null, options: ListenOptions = {}): void {
    const { once = false, signal } = typeof options === 'object' ? options : {}
    if (listener === null || signal?.aborted) return
    const all = this.#listening.get(type) ?? []
    if (all.some((one) => one.listener === listener)) return
    this.#listening.set(type, [...all, { listener, once }])
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener))
  }

  removeEventListener(type: string, listener: Listener | null): void {
    this.#listening.set(type, (this.#listening.get(type) ?? []).filter((one) => one.listener !== listener))
  }

  dispatchEvent(event: Event): boolean {
    event.target = event.currentTarget = this
    for (const { listener, once } of this.#listening.get(event.type) ?? []) {
      if (once) this.removeEventListener(event.type, listener)
      try {
        if (typeof listener === 'function') listener.call(this, event)
        else listener.handleEvent(event)
      } catch (thrown) {
        const error = describeThrown(thrown)
        addLog('error', `Uncaught in a listener: ${error.name}: ${error.message}`)
      }
      if (event.stopped) break
    }
    return !event.defaultPrevented
  }
}
