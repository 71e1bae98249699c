/**
 * The language as it is before the author's code runs. That code may replace anything it can reach (`JSON.stringify`,
 * `Promise.prototype.then`, array iteration); what the bootstrap does for its own purposes goes through these.
 * Hence also the plain style of its code: index loops and string concatenation instead of methods and `for of`.
 */
const { apply } = Reflect

/** A method as a function that takes `this` first. */
function uncurry<This, Args extends unknown[], Result>(method: (this: This, ...args: Args) => Result): (self: This, ...args: Args) => Result {
  return (self, ...args) => apply(method, self, args) as Result
}

/** Indirect, so that what is evaluated sees the global scope only. */
export const { eval: evaluate } = globalThis as unknown as { eval(script: string): unknown }
export const { parse: parseJson, stringify: toJson } = JSON
export const { defineProperty, create: createObject, getPrototypeOf, keys: keysOf } = Object
export const { isArray } = Array
export const { floor, min } = Math
export const { isFinite: isFiniteNumber } = Number
export const now = Date.now
export const toText = String
export const fromCharCode = String.fromCharCode
export const NativeError = Error
const withResolvers = Promise.withResolvers
export const newPromise = <Value>(): PromiseWithResolvers<Value> => apply(withResolvers, Promise, []) as PromiseWithResolvers<Value>
export const { call: callFunction } = Function.prototype

export const sliceText = uncurry(String.prototype.slice) as (self: string, from?: number, to?: number) => string
export const charCodeAt = uncurry(String.prototype.charCodeAt)
export const lowerCase = uncurry(String.prototype.toLowerCase) as (self: string) => string
export const upperCase = uncurry(String.prototype.toUpperCase) as (self: string) => string
export const trimText = uncurry(String.prototype.trim) as (self: string) => string
export const testPattern = uncurry(RegExp.prototype.test)
export const hasOwn = Object.hasOwn
export const isErrorValue = (value: unknown): value is Error => value instanceof NativeError

const then = uncurry(Promise.prototype.then as (this: Promise<unknown>, ok: unknown, failed: unknown) => unknown)
const swallow = (): void => undefined

/** Runs it as a microtask; what it throws is its own business. */
export function soon(callback: () => void): void {
  then(settled, callback, callback)
}
const settled = Promise.resolve()

/** A rejection that nobody takes would end the whole entry into the isolate. */
export function markHandled(promise: Promise<unknown>): void {
  try {
    then(promise, swallow, swallow)
  } catch {
    // `constructor` of promises was replaced by something that throws; the rejection stays the author's.
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value !== null && (typeof value === 'object' || typeof value === 'function') && typeof (value as { then?: unknown }).then === 'function'
}

/** JSON text of a string; primitives never consult `toJSON`. */
export const quote = (text: string): string => toJson(text)

/** Map and Set by their original methods. */
export class SafeMap<Key, Value> {
  readonly #map = new Map<Key, Value>()
  get(key: Key): Value | undefined {
    return mapGet(this.#map, key) as Value | undefined
  }
  set(key: Key, value: Value): void {
    mapSet(this.#map, key, value)
  }
  delete(key: Key): boolean {
    return mapDelete(this.#map, key)
  }
  forEach(visit: (value: Value, key: Key) => void): void {
    mapForEach(this.#map, visit as (value: unknown, key: unknown) => void)
  }
  get size(): number {
    return mapSize(this.#map)
  }
}

const mapGet = uncurry(Map.prototype.get)
const mapSet = uncurry(Map.prototype.set)
const mapDelete = uncurry(Map.prototype.delete)
const mapForEach = uncurry(Map.prototype.forEach as (this: Map<unknown, unknown>, visit: (value: unknown, key: unknown) => void) => void)
const sizeGetter = Object.getOwnPropertyDescriptor(Map.prototype, 'size')!.get as (this: Map<unknown, unknown>) => number
const mapSize = uncurry(sizeGetter)
