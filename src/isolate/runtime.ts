/**
 * What the rest of the router knows of the functions runtime. Implemented by `process-pool.ts`, which runs the functions in
 * child processes; this process never loads the sandbox.
 */
import type { ErrorCode } from '../base/errors.ts'
import type { RunnableInstance } from '../model/function.ts'
import type { HttpRequest, HttpResult } from '../model/http.ts'
import type { FunctionError, FunctionLog, FunctionRequest } from '../model/outcome.ts'

/**
 * - `events`: each payload is an event's JSON text and goes to the handler of its type, one after the other.
 * - `batch`: all payloads go to one `onBatch` call; falls back to `events` when the code has no `onBatch`.
 * - `request`: each payload is {body, headers, url} (body is the exact text) and goes to `onRequest`.
 * - `handlers`: the code is loaded and nothing of it called; one payload, whatever it is. The text is JSON: what the code calls
 *   a handler, by name, and of which type it is.
 */
export interface Invocation {
  instance: RunnableInstance
  call: 'events' | 'batch' | 'request' | 'handlers'
  payloads: readonly string[]
  /** Keep logs and outgoing requests of successes too (preview). */
  trace?: boolean
}

/** One per payload, in order. */
export type RunResult =
  | {
    outcome: 'ok'
    /**
     * Insert functions: JSON text of the event to pass on. Source functions: JSON text of {events, objects}, with `response` when a Response was returned.
     * Destination functions: JSON text of what was returned, "" for nothing.
     */
    text: string
    /** The returned event's messageId and integrations (JSON text, "" when absent), read inside so that nobody parses `text` for them. Insert functions only. */
    messageId?: string
    integrations?: string
    trace?: RunTrace
  }
  | { outcome: 'dropped', code: ErrorCode, error?: FunctionError, trace?: RunTrace }
  | {
    outcome: 'retry' | 'discarded'
    code: ErrorCode
    error: FunctionError
    /** It brought its isolate or process down. */
    strike?: boolean
    trace?: RunTrace
  }

/**
 * Failures always have one. The values of `RunnableInstance.secrets` and of headers that carry credentials are hidden in it, as they are
 * in the error beside it.
 */
export interface RunTrace {
  logs: FunctionLog[]
  logsTruncated: boolean
  requests: FunctionRequest[]
  durationMs: number
  cpuMs: number
  heapBytes: number
}

/** Answers the functions' `fetch`. Never throws. */
export type FunctionFetch = (request: HttpRequest, instance: RunnableInstance) => Promise<HttpResult>

export interface FunctionRuntime {
  /** One result per payload, in order; never rejects for anything a function does. Resolves within a bounded time. */
  run(invocation: Invocation): Promise<RunResult[]>
  /** What the walls around the children achieve on this machine, for /readyz. */
  sandboxLevel(): string
  /** Pids of the living children; for tests and for /readyz. */
  childPids(): number[]
  close(): Promise<void>
}
