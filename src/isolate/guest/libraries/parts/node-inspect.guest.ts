/** Node's `util`, as far as packages use it. */
import { format as formatLog } from '../../globals/console.guest.ts'
import { inspect as inspectValue } from '../../globals/inspect.guest.ts'

type Callable = (...args: unknown[]) => unknown
type Class = { prototype: object, super_?: unknown }

export const format = (...args: unknown[]): string => formatLog(args)
export const inspect = Object.assign((value: unknown): string => inspectValue(value), { custom: Symbol.for('nodejs.util.inspect.custom') })

export function inherits(child: Class, parent: Class): void {
  child.super_ = parent
  Object.setPrototypeOf(child.prototype, parent.prototype)
}

export const promisify = Object.assign((callable: Callable) => function promised(this: unknown, ...args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    callable.call(this, ...args, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)))
  })
}, { custom: Symbol.for('nodejs.util.promisify.custom') })

export const deprecate = (callable: Callable): Callable => callable
export const debuglog = (): Callable => () => undefined
export { debuglog as debug }

const tag = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)

export const { isArray } = Array
export const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
export const isNull = (value: unknown): boolean => value === null
export const isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined
export const isNumber = (value: unknown): boolean => typeof value === 'number'
export const isString = (value: unknown): boolean => typeof value === 'string'
export const isUndefined = (value: unknown): boolean => value === undefined
export const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
export const isFunction = (value: unknown): boolean => typeof value === 'function'
export const isRegExp = (value: unknown): boolean => tag(value) === 'RegExp'
export const isDate = (value: unknown): boolean => tag(value) === 'Date'
export const isError = (value: unknown): boolean => value instanceof Error

export const types = {
  isRegExp, isDate,
  isNativeError: isError,
  isPromise: (value: unknown): boolean => tag(value) === 'Promise',
  isUint8Array: (value: unknown): boolean => value instanceof Uint8Array,
  isTypedArray: (value: unknown): boolean => ArrayBuffer.isView(value) && tag(value) !== 'DataView',
  isArrayBufferView: (value: unknown): boolean => ArrayBuffer.isView(value),
  isAnyArrayBuffer: (value: unknown): boolean => tag(value).endsWith('ArrayBuffer'),
  isArrayBuffer: (value: unknown): boolean => tag(value) === 'ArrayBuffer',
  isMap: (value: unknown): boolean => tag(value) === 'Map',
  isSet: (value: unknown): boolean => tag(value) === 'Set',
  isAsyncFunction: (value: unknown): boolean => tag(value) === 'AsyncFunction',
}
