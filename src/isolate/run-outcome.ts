/** A function's result as the outcome that the ledger knows; for stages that use functions and end events. */
import type { Outcome, OutcomeDetail } from '../model/outcome.ts'
import type { RunResult } from './runtime.ts'

export function outcomeOfFailure(result: Exclude<RunResult, { outcome: 'ok' }>): Exclude<Outcome, { kind: 'delivered' }> {
  const detail = detailOf(result)
  switch (result.outcome) {
    case 'dropped':
      return { kind: 'filtered', code: result.code, ...(result.error && { message: result.error.message }), ...(detail && { detail }) }
    case 'discarded':
      return { kind: 'discarded', code: result.code, message: result.error.message, ...(detail && { detail }) }
    case 'retry':
      return {
        kind: 'retry',
        code: result.code,
        message: result.error.message,
        ...(result.strike && { strike: true }),
        ...(WAITS_FOR_US.has(result.code) && { free: true }),
        ...(detail && { detail }),
      }
  }
}

/** Endings that say nothing about the event: it never ran. */
const WAITS_FOR_US: ReadonlySet<string> = new Set(['function_quarantined', 'functions_overloaded'])

function detailOf(result: Exclude<RunResult, { outcome: 'ok' }>): OutcomeDetail | undefined {
  const logs = result.trace?.logs
  if (!result.error && !logs?.length) return undefined
  return { ...(result.error && { error: result.error }), ...(logs?.length && { logs }) }
}
