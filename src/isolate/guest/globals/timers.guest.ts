/** Timers, woken by the child. Those that an event leaves behind end with it; those made while the code loads stay. */
import { describeThrown } from '../errors.guest.ts'
import { invocation, onInvocationEnd } from '../invocation.guest.ts'
import { NativeError, SafeMap } from '../primordials.guest.ts'
import { addLog } from './console.guest.ts'

interface Timer {
  callback: (...args: unknown[]) => unknown
  args: unknown[]
  /** undefined: fires once. */
  everyMs: number | undefined
  index: number
}

const timers = new SafeMap<number, Timer>()
let lastId = 0

function start(callback: unknown, delayMs: unknown, options: { args: unknown[], repeats: boolean }): number {
  if (typeof callback !== 'function') throw new TypeError('A timer needs a function.')
  const { timersMax } = invocation.config
  if (timers.size >= timersMax) throw new NativeError(`At most ${timersMax} timers may be open at a time.`)
  const number = Number(delayMs)
  const ms = number >= 1 ? number : 1
  const id = ++lastId
  timers.set(id, { callback: callback as Timer['callback'], args: options.args, everyMs: options.repeats ? ms : undefined, index: invocation.index })
  invocation.calls++
  invocation.send(['timer', id, ms])
  return id
}

export const setTimeout = (callback: unknown, delayMs?: unknown, ...args: unknown[]): number => start(callback, delayMs, { args, repeats: false })
export const setInterval = (callback: unknown, delayMs?: unknown, ...args: unknown[]): number => start(callback, delayMs, { args, repeats: true })

export function clearTimeout(id: unknown): void {
  if (typeof id === 'number' && timers.delete(id)) invocation.send(['clear', id])
}
export const clearInterval = clearTimeout

export function timerFired(id: number): void {
  const timer = timers.get(id)
  if (timer === undefined) return
  if (timer.everyMs === undefined) timers.delete(id)
  else invocation.send(['timer', id, timer.everyMs])
  try {
    timer.callback(...timer.args)
  } catch (thrown) {
    const error = describeThrown(thrown)
    addLog('error', `Uncaught in a timer: ${error.name}: ${error.message}`)
  }
}

onInvocationEnd(() => {
  timers.forEach((timer, id) => {
    if (timer.index !== -1) clearTimeout(id)
  })
})
