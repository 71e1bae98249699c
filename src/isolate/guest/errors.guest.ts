/** The error classes that authors throw, and what each thrown value means for its event (contract 2.8). */
import { isErrorValue, NativeError, defineProperty, fromCharCode, quote, sliceText, toText } from './primordials.guest.ts'
import { invocation } from './invocation.guest.ts'

type ErrorClass = new (message?: string, cause?: unknown) => Error

/** `err.name` equals the class name; a second argument does no harm. */
function errorClass(name: string): ErrorClass {
  const made = class extends NativeError {
    constructor(message?: string) {
      super(message)
      defineProperty(this, 'name', { value: name, writable: true, configurable: true, enumerable: false })
    }
  }
  defineProperty(made, 'name', { value: name, configurable: true })
  return made
}

export const RetryError = errorClass('RetryError')
export const EventNotSupported = errorClass('EventNotSupported')
export const InvalidEventPayload = errorClass('InvalidEventPayload')
export const ValidationError = errorClass('ValidationError')
export const DropEvent = errorClass('DropEvent')

export interface Ending {
  outcome: 'dropped' | 'retry' | 'discarded'
  code: string
}

/** By name, since a class may come from the author's own copy of it. Anything else is a plain failure: never run again. */
export function endingOf(name: string): Ending {
  switch (name) {
    case 'RetryError': return { outcome: 'retry', code: 'retry' }
    case 'InvalidEventPayload':
    case 'ValidationError': return { outcome: 'discarded', code: 'message_rejected' }
    case 'EventNotSupported': return { outcome: 'discarded', code: 'unsupported_event_type' }
    case 'DropEvent': return { outcome: 'dropped', code: 'dropped_by_function' }
    default: return { outcome: 'discarded', code: 'bad_request' }
  }
}

export interface ThrownText {
  name: string
  message: string
  stack: string
}

/** Anything can be thrown: null, a proxy, an object whose getters throw. Only strings leave here, and short ones. */
export function describeThrown(thrown: unknown): ThrownText {
  if (typeof thrown !== 'object' && typeof thrown !== 'function') return { name: 'Error', message: bounded(safeText(thrown)), stack: '' }
  if (thrown === null) return { name: 'Error', message: 'null was thrown', stack: '' }
  const name = bounded(readText(thrown, 'name'))
  const message = bounded(readText(thrown, 'message'))
  const plain = !isInstance(thrown) && message === ''
  return { name: name === '' ? 'Error' : name, message: plain ? 'a value that is not an Error was thrown' : message, stack: bounded(readText(thrown, 'stack')) }
}

function isInstance(value: unknown): boolean {
  try {
    return isErrorValue(value)
  } catch {
    return false
  }
}

function readText(object: object, key: 'name' | 'message' | 'stack'): string {
  try {
    const value = (object as Record<string, unknown>)[key]
    return typeof value === 'string' ? value : value === undefined ? '' : safeText(value)
  } catch {
    return ''
  }
}

function safeText(value: unknown): string {
  try {
    return typeof value === 'object' && value !== null ? '' : toText(value)
  } catch {
    return ''
  }
}

function bounded(text: string): string {
  const max = invocation.config.errorCharsMax
  return text.length > max ? sliceText(text, 0, max) + fromCharCode(0x2026) : text
}

export function thrownJson(thrown: ThrownText): string {
  return `{"name":${quote(thrown.name)},"message":${quote(thrown.message)},"stack":${quote(thrown.stack)}}`
}
