/** Brings what a child says about a frame to the jobs that wait for it. */
import type { Limits } from '../base/limits.ts'
import { relayFetch } from './fetch-relay.ts'
import type { Lane } from './lane.ts'
import type { ToParent } from './protocol.ts'
import { readResults, type Measured } from './read-results.ts'
import type { RunFrame } from './run-frame.ts'
import type { FunctionFetch } from './runtime.ts'

type Said<Kind extends ToParent['t']> = Extract<ToParent, { t: Kind }>

/** False when the answer does not have its form, or leaves out an event that was not reported before. */
export function answerFrame(frame: RunFrame, body: string, options: { measured: Measured, limits: Limits }): boolean {
  const { code } = frame.segments[0]!.job.invocation.instance
  const whole = readResults(body, {
    code, count: frame.count, trace: frame.trace, measured: options.measured, logCharsMax: logCharsMax(frame, options.limits),
    requests: (position) => frame.requestsOf(position),
    take: (position, result) => frame.settle(position, result),
  })
  return whole && frame.unsettled().next().done === true
}

/** One event of a running frame. */
export function answerReported(frame: RunFrame, message: Said<'report'>, options: { body: string, limits: Limits }): void {
  const { code } = frame.segments[0]!.job.invocation.instance
  frame.reported++
  readResults(options.body, {
    code, count: 1, trace: frame.trace, measured: { ms: message.ms, cpuMs: message.cpuMs, heapBytes: message.heapBytes }, logCharsMax: logCharsMax(frame, options.limits),
    requests: () => frame.requestsOf(message.index),
    take: (_, result) => frame.settle(message.index, result),
  })
}

/** What the running event of a frame logged, before its end is known. */
export function answerLogged(frame: RunFrame, body: string, limits: Limits): void {
  frame.addLogs(body, logCharsMax(frame, limits))
}

/** A person who asked for a trace looks at all of it; of failures a part is stored with each event. */
function logCharsMax(frame: RunFrame, limits: Limits): number {
  return frame.trace ? limits.functionLogBytesKept : limits.functionLogBytesShown
}

/** Never rejects. */
export async function answerFetch(lane: Lane, message: Said<'fetch'>, options: { body: string, fetch: FunctionFetch, limits: Limits }): Promise<void> {
  const frame = lane.running(message.frame)
  const instance = frame?.at(message.index)?.job.invocation.instance ?? lane.queue.instance
  const answer = await relayFetch(options.body, instance, { fetch: options.fetch, limits: options.limits, record: (request) => frame?.addRequest(message.index, request) })
  lane.child.answerFetch({ lane: lane.id, id: message.id }, answer.head, answer.body)
}
