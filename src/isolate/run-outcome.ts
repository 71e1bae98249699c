/** A function's result as the outcome that the ledger knows; for stages that use functions and end events. */
import { limits } from '../base/limits.ts'
import type { FunctionRequest, Outcome, OutcomeDetail } from '../model/outcome.ts'
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
const WAITS_FOR_US: ReadonlySet<string> = new Set(['function_quarantined', 'functions_overloaded', 'shutting_down'])

/** What is kept of a failure for people to look at; the event is kept beside it. */
function detailOf({ error, trace }: Exclude<RunResult, { outcome: 'ok' }>): OutcomeDetail | undefined {
  if (!error && trace === undefined) return undefined
  const { requests, isCut } = keptRequests(trace?.requests ?? [])
  return {
    ...(error && { error }),
    ...(trace?.logs.length && { logs: trace.logs }),
    ...(trace?.logsTruncated && { logsTruncated: true as const }),
    ...(requests.length > 0 && { requests }),
    ...(isCut && { requestsTruncated: true as const }),
  }
}

/** The last ones, as far as the bound goes: it is them that a failure has to do with. */
function keptRequests(all: readonly FunctionRequest[]): { requests: FunctionRequest[], isCut: boolean } {
  const { functionRequestBytesShown, responseBytesShown } = limits
  const requests: FunctionRequest[] = []
  let room: number = functionRequestBytesShown
  let isCut = false
  for (let index = all.length - 1; index >= 0; index--) {
    const request = all[index]!
    const headerChars = JSON.stringify(request.headers).length + request.url.length
    const bodyChars = Math.min(responseBytesShown, Math.max(0, room - headerChars))
    if (headerChars > room) return { requests, isCut: true }
    const body = request.body.slice(0, bodyChars)
    const responseBody = request.responseBody?.slice(0, bodyChars)
    isCut ||= body.length < request.body.length || responseBody !== undefined && responseBody.length < request.responseBody!.length
    requests.unshift({ ...request, body, ...(responseBody !== undefined && { responseBody }) })
    room -= headerChars + body.length + (responseBody?.length ?? 0)
  }
  return { requests, isCut }
}
