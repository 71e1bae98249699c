/** What an author finds on the global object; one line per global. */
import { atob, btoa } from './base64.guest.ts'
import { console } from './console.guest.ts'
import { fetch } from './fetch.guest.ts'
import { Headers } from './headers.guest.ts'
import { installLibraries } from './libraries.guest.ts'
import { clearImmediate, queueMicrotask, setImmediate } from './microtasks.guest.ts'
import { Request } from './request.guest.ts'
import { Response } from './response.guest.ts'
import { Segment } from './segment.guest.ts'
import { clearInterval, clearTimeout, setInterval, setTimeout } from './timers.guest.ts'
import { DropEvent, EventNotSupported, InvalidEventPayload, RetryError, ValidationError } from '../errors.guest.ts'
import { invocation } from '../invocation.guest.ts'
import { defineProperty, keysOf } from '../primordials.guest.ts'

const GLOBALS: Record<string, unknown> = {
  RetryError, EventNotSupported, InvalidEventPayload, ValidationError, DropEvent,
  console, fetch, Headers, Request, Response,
  atob, btoa, setTimeout, clearTimeout, setInterval, clearInterval,
  setImmediate, clearImmediate, queueMicrotask,
  window: globalThis,
}

/** Only for source functions. */
const SOURCE_GLOBALS: Record<string, unknown> = { Segment }

/**
 * Memory that the isolate's limit does not count, and threads: nothing that maps events needs them, and the first line of
 * defence against them is that they are not there. The watch on the process is the second.
 */
const REMOVED = ['WebAssembly', 'SharedArrayBuffer', 'Atomics']

/** All are writable: Segment's own examples assign to them. */
export function installGlobals(): void {
  install(GLOBALS)
  installLibraries(invocation.config.libraries)
  if (invocation.config.resourceType === 'SOURCE') install(SOURCE_GLOBALS)
  for (const name of REMOVED) delete (globalThis as Record<string, unknown>)[name]
}

function install(globals: Record<string, unknown>): void {
  for (const name of keysOf(globals)) {
    defineProperty(globalThis, name, { value: globals[name], writable: true, configurable: true, enumerable: false })
  }
}
