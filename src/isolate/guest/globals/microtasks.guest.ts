import { describeThrown } from '../errors.guest.ts'
import { addLog } from './console.guest.ts'
import { clearTimeout, setTimeout } from './timers.guest.ts'
import { soon } from '../primordials.guest.ts'

type Callback = (...args: unknown[]) => unknown

/** A callback that throws has no caller to tell: the log is where its author looks. */
export function queueMicrotask(callback: unknown, ...args: unknown[]): void {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask needs a function.')
  soon(() => {
    try {
      (callback as Callback)(...args)
    } catch (thrown) {
      const error = describeThrown(thrown)
      addLog('error', `Uncaught in a callback: ${error.name}: ${error.message}`)
    }
  })
}

export const setImmediate = (callback: unknown, ...args: unknown[]): number => setTimeout(callback, 0, ...args)
export const clearImmediate = clearTimeout
