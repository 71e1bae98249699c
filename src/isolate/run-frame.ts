/** Payloads of one instance that travel to an isolate together, from one job or several. */
import type { CallMode } from './protocol.ts'
import type { RunJob, Segment } from './run-job.ts'
import type { RunRequest, RunResult } from './runtime.ts'

export class RunFrame {
  readonly id: number
  readonly segments: readonly Segment[]
  readonly count: number
  readonly call: CallMode
  readonly trace: boolean
  /** Requests that its events made, by position; shown with failures and traces. */
  readonly requests = new Map<number, RunRequest[]>()
  /** Events whose results came before the frame's answer. */
  reported = 0

  constructor(id: number, segments: readonly Segment[]) {
    const { call, trace } = segments[0]!.job.invocation
    this.id = id
    this.segments = segments
    this.call = call
    this.trace = trace === true
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
    place?.job.settle(place.index, result)
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
