/** Headers as in node-fetch 2: case-insensitive, values of one name joined by ", ". */
import { charCodeAt, isArray, keysOf, lowerCase, testPattern, toText, trimText } from '../primordials.guest.ts'

const BAD_NAME = /[^^_`a-zA-Z\-0-9!#$%&'*+.|~]/
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/

export type HeadersInit = Headers | Record<string, unknown> | Iterable<readonly [unknown, unknown]> | null | undefined

export class Headers {
  /** Lower-case names to values. */
  readonly #values = new Map<string, string>()

  constructor(init?: HeadersInit) {
    if (init === undefined || init === null) return
    if (init instanceof Headers) {
      init.forEach((value, name) => this.append(name, value))
    } else if (typeof init === 'object' && Symbol.iterator in init) {
      for (const pair of init as Iterable<readonly [unknown, unknown]>) {
        const [name, value, ...more] = [...pair]
        if (more.length > 0 || name === undefined) throw new TypeError('Each header pair must be a name/value tuple')
        this.append(name, value)
      }
    } else if (typeof init === 'object') {
      for (const name of keysOf(init)) {
        const value = (init as Record<string, unknown>)[name]
        this.append(name, isArray(value) ? value.join(', ') : value)
      }
    } else {
      throw new TypeError('Provided initializer must be an object')
    }
  }

  get(name: unknown): string | null {
    return this.#values.get(nameOf(name)) ?? null
  }

  has(name: unknown): boolean {
    return this.#values.has(nameOf(name))
  }

  set(name: unknown, value: unknown): void {
    this.#values.set(nameOf(name), valueOf(name, value))
  }

  append(name: unknown, value: unknown): void {
    const key = nameOf(name)
    const before = this.#values.get(key)
    const text = valueOf(name, value)
    this.#values.set(key, before === undefined ? text : `${before}, ${text}`)
  }

  delete(name: unknown): void {
    this.#values.delete(nameOf(name))
  }

  forEach(visit: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this.entries()) visit.call(self, value, name, this)
  }

  /** node-fetch's own: every value as a list. */
  raw(): Record<string, string[]> {
    const lists: Record<string, string[]> = {}
    this.forEach((value, name) => {
      lists[name] = [value]
    })
    return lists
  }

  entries(): IterableIterator<[string, string]> {
    return [...this.#values].sort((a, b) => (a[0] < b[0] ? -1 : 1)).values()
  }

  keys(): IterableIterator<string> {
    return [...this.entries()].map((entry) => entry[0]).values()
  }

  values(): IterableIterator<string> {
    return [...this.entries()].map((entry) => entry[1]).values()
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }

  get [Symbol.toStringTag](): string {
    return 'Headers'
  }
}

function nameOf(name: unknown): string {
  const text = toText(name)
  if (text === '' || testPattern(BAD_NAME, text)) throw new TypeError(`${text} is not a legal HTTP header name`)
  return lowerCase(text)
}

function valueOf(name: unknown, value: unknown): string {
  const text = trimText(toText(value))
  if (testPattern(BAD_VALUE, text)) throw new TypeError(`${text} is not a legal HTTP header value (${toText(name)}, character ${charCodeAt(text, 0)})`)
  return text
}
