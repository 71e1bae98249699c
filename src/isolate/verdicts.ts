/** How events end that no answer came for. */
import { ERRORS, type ErrorCode } from '../base/errors.ts'
import type { Limits } from '../base/limits.ts'
import type { FunctionError } from '../model/outcome.ts'
import type { ExitCause } from './process-client.ts'
import type { LaneFailed } from './protocol.ts'
import type { RunResult } from './runtime.ts'

type Failure = Extract<RunResult, { outcome: 'retry' | 'discarded' }>
export type Fall = Exclude<LaneFailed['reason'], 'load'> | ExitCause

/** The verdict on an event that ran alone when its isolate or its child fell; `where` is known of code that was being loaded. */
export function guilty(fall: Fall, limits: Limits, where?: FunctionError): Failure {
  const { name, code, message, strike } = causes(limits)[fall]
  if (where === undefined) return { outcome: 'retry', code, error: { name, message }, ...(strike && { strike }) }
  const loading = `The code's top level did not end within ${limits.functionLoadMs} ms.`
  return { outcome: 'retry', code, error: { ...where, name, message: loading }, ...(strike && { strike }) }
}

interface Cause {
  name: string
  code: ErrorCode
  message: string
  strike: boolean
}

function causes(limits: Limits): Record<Fall, Cause> {
  const slow = `It did not end within ${limits.functionWallMs} ms.`
  const crashed = { name: 'FunctionCrashed', code: 'function_crashed', message: 'It brought the process that ran it down.', strike: true } as const
  const memory = { name: 'FunctionMemory', code: 'function_memory', strike: true } as const
  return {
    // Merely waiting harms nobody, so it is no strike.
    wall: { name: 'FunctionTimeout', code: 'function_timeout', message: slow, strike: false },
    cpu: { name: 'FunctionTimeout', code: 'function_timeout', message: `It used more than ${limits.functionCpuMs} ms of processor time.`, strike: true },
    stalled: { name: 'FunctionTimeout', code: 'function_timeout', message: `${slow} It could not be interrupted, so its process was ended.`, strike: true },
    memory: { ...memory, message: `It used more memory than its limit of ${limits.functionMemoryMb} MB.` },
    lost: crashed,
    crashed,
    recycled: crashed,
  }
}

export function notRun(code: 'functions_overloaded' | 'shutting_down', message?: string): Failure {
  return { outcome: 'retry', code, error: { name: 'NotRun', message: message ?? ERRORS[code].message } }
}

export function quarantined(leftMs: number): Failure {
  const message = `${ERRORS.function_quarantined.message} It runs again in ${Math.ceil(leftMs / 1_000)} s, or at once when new code is deployed.`
  return { outcome: 'retry', code: 'function_quarantined', error: { name: 'FunctionQuarantined', message } }
}

export function loadFailed(error: FunctionError): Failure {
  return { outcome: 'discarded', code: 'function_load_failed', error }
}

export function badPayload(): Failure {
  return { outcome: 'discarded', code: 'bad_event', error: { name: 'SyntaxError', message: 'The event is not JSON.' } }
}
