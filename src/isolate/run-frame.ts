/** Payloads of one instance that travel to an isolate together, from one job or several. */
import { WHOLE_FRAME, type CallMode } from './protocol.ts'
import type { FunctionLog, FunctionRequest } from '../model/outcome.ts'
import { readLogs } from './read-results.ts'
import { redactResult } from './redact.ts'
import type { RunJob, Segment } from './run-job.ts'
import type { RunResult, RunTrace } from './runtime.ts'

export class RunFrame {
  readonly id: number
  readonly segments: readonly Segment[]
  readonly count: number
  readonly call: CallMode
  readonly trace: boolean
  /** Requests that its events made, by position; shown with failures and traces. */
  readonly #requests = new Map<number, FunctionRequest[]>()
  /** Events whose results came before the frame's answer. */
  reported = 0
  /** Its log lines come as they are written, since its isolate may not live to hand them over. */
  readonly live: boolean
  #logs: FunctionLog[] = []
  #logChars = 0

  constructor(id: number, segments: readonly Segment[], { live = false }: { live?: boolean } = {}) {
    const { call, trace } = segments[0]!.job.invocation
    this.id = id
    this.segments = segments
    this.call = call
    this.trace = trace === true
    this.live = live
    this.count = segments.reduce((sum, segment) => sum + segment.to - segment.from, 0)
  }

  /** JSON array of its payloads, which nobody has parsed on the way. */
  get body(): string {
    const [first] = this.segments
    if (this.segments.length === 1 && first!.to - first!.from === first!.job.invocation.payloads.length) return `[${first!.job.invocation.payloads.join(',')}]`
    return `[${this.segments.flatMap(({ job, from, to }) => job.invocation.payloads.slice(from, to)).join(',')}]`
  }

  /** The job and the index in it of the payload at `position`. */
  at(position: number): { job: RunJob, index: number } | undefined {
    let start = 0
    for (const { job, from, to } of this.segments) {
      if (position < start + to - from) return { job, index: from + position - start }
      start += to - from
    }
    return undefined
  }

  settle(position: number, result: RunResult): void {
    const place = this.at(position)
    if (place === undefined) return
    const isShown = result.outcome !== 'ok' || result.trace !== undefined
    place.job.settle(place.index, isShown ? redactResult(result, place.job.invocation.instance) : result)
  }

  addRequest(position: number, request: FunctionRequest): void {
    const seen = this.#requests.get(position)
    if (seen === undefined) this.#requests.set(position, [request])
    else seen.push(request)
  }

  /** Those of the event, or of the one call that had all events. */
  requestsOf(position: number): readonly FunctionRequest[] {
    return this.#requests.get(position) ?? this.#requests.get(WHOLE_FRAME) ?? []
  }

  /** `lines` is a JSON array as a child wrote it. Of the event that is running; what an earlier one logged went out with its result. */
  addLogs(lines: string, charsMax: number): void {
    if (this.#logChars > charsMax) return
    let said: unknown
    try {
      said = JSON.parse(lines)
    } catch {
      return
    }
    const { logs, isCut } = readLogs(said, charsMax - this.#logChars)
    this.#logs.push(...logs)
    this.#logChars = isCut ? Infinity : logs.reduce((chars, { message }) => chars + message.length, this.#logChars)
  }

  /** What is known of an event that did not live to tell. */
  traceOfFall(position: number, cost: { ms: number, cpuMs: number }): RunTrace {
    return {
      logs: [...this.#logs],
      logsTruncated: this.#logChars === Infinity,
      requests: [...this.requestsOf(position)],
      durationMs: cost.ms,
      cpuMs: cost.cpuMs,
      heapBytes: 0,
    }
  }

  /** Payloads without a result, each alone, with their positions. */
  *unsettled(): Generator<{ position: number, segment: Segment }> {
    let position = 0
    for (const { job, from, to } of this.segments) {
      for (let index = from; index < to; index++, position++) {
        if (!job.isSettled(index)) yield { position, segment: { job, from: index, to: index + 1 } }
      }
    }
  }

  /** The same, consecutive ones joined; what a batch call leaves stays one batch. */
  unsettledSegments(): Segment[] {
    const joined: Segment[] = []
    for (const { segment } of this.unsettled()) {
      const last = joined.at(-1)
      if (last !== undefined && last.job === segment.job && last.to === segment.from) last.to = segment.to
      else joined.push(segment)
    }
    return joined
  }
}
