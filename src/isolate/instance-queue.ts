/** What waits for one function instance, and what is known of its pace. */
import type { Limits } from '../base/limits.ts'
import type { RunnableInstance } from '../model/function.ts'
import type { Segment } from './run-job.ts'

/** Weight of the newest frame in the running averages. */
const NEWEST = 0.3
/** Frames of a function whose pace is not known yet. */
const FIRST_FRAME_EVENTS = 25

export class InstanceQueue {
  readonly instance: RunnableInstance
  readonly #limits: Limits
  /** In order; `#first` is the next one, so that taking one moves nothing. What is before it is let go, with the payloads that it holds. */
  #segments: (Segment | undefined)[] = []
  #first = 0
  #payloads = 0
  /** Events that were in an isolate or child that died; each runs alone. */
  readonly suspects: Segment[] = []
  #msPerEvent: number | undefined
  #waits = 0

  constructor(instance: RunnableInstance, limits: Limits) {
    this.instance = instance
    this.#limits = limits
  }

  get waiting(): number {
    return this.#payloads
  }

  get isEmpty(): boolean {
    return this.#payloads === 0 && this.suspects.length === 0
  }

  /** How many events fit the time that a frame should take. */
  get frameEvents(): number {
    if (this.#msPerEvent === undefined) return FIRST_FRAME_EVENTS
    return Math.max(1, Math.min(this.#limits.frameEventsMax, Math.floor(this.#limits.frameMs / this.#msPerEvent)))
  }

  /** Whether its events mostly wait for answers from outside: for them more isolates than cores help, for others only the others. */
  get isWaiting(): boolean {
    return this.#waits > 0.5
  }

  /** `calling` are the events that made host calls. */
  measure(frame: { events: number, calling: number, ms: number }): void {
    const ms = frame.ms / frame.events
    this.#msPerEvent = this.#msPerEvent === undefined ? ms : this.#msPerEvent * (1 - NEWEST) + ms * NEWEST
    this.#waits = this.#waits * (1 - NEWEST) + (frame.calling / frame.events) * NEWEST
  }

  push(segment: Segment): void {
    this.#segments.push(segment)
    this.#payloads += segment.to - segment.from
  }

  /** What was given out already goes first. */
  putBack(segments: readonly Segment[]): void {
    this.#segments = [...segments, ...this.#segments.slice(this.#first)]
    this.#first = 0
    for (const segment of segments) this.#payloads += segment.to - segment.from
  }

  /** The next frame's payloads: as many as belong together and fit. Undefined when nothing waits. */
  take(): Segment[] | undefined {
    const first = this.#segments[this.#first]
    if (first === undefined) return undefined
    const { call, trace } = first.job.invocation
    // A batch is one call, and of a traced invocation every event is measured by itself.
    const eventsMax = call === 'batch' ? this.instance.batchMaxCount : trace ? 1 : this.frameEvents
    const taken: Segment[] = []
    let room = { events: eventsMax, chars: this.#limits.frameBytesMax }
    while (room.events > 0) {
      const segment = this.#segments[this.#first]
      if (segment === undefined || segment.job.invocation.call !== call || segment.job.invocation.trace !== trace) break
      const to = fitting(segment, room, taken.length === 0)
      if (to === segment.from) break
      taken.push({ job: segment.job, from: segment.from, to })
      this.#payloads -= to - segment.from
      room = { events: room.events - (to - segment.from), chars: room.chars - charsOf(segment, to) }
      if (to < segment.to) {
        segment.from = to
        break
      }
      this.#shift()
      if (call === 'batch') break
    }
    return taken
  }

  #shift(): void {
    this.#segments[this.#first++] = undefined
    if (this.#first > 1_000 && this.#first * 2 > this.#segments.length) {
      this.#segments = this.#segments.slice(this.#first)
      this.#first = 0
    }
  }

  /** What has waited for a lane since before `ms`. */
  takeQueuedBefore(ms: number): Segment[] {
    const overdue: Segment[] = []
    for (let next = this.#segments[this.#first]; next !== undefined && next.job.queuedMs < ms; next = this.#segments[this.#first]) {
      overdue.push(next)
      this.#payloads -= next.to - next.from
      this.#shift()
    }
    return overdue
  }

  /** Everything that waits, suspects too. */
  takeAll(): Segment[] {
    const all = [...this.suspects.splice(0), ...this.#segments.slice(this.#first).filter((segment) => segment !== undefined)]
    this.#segments = []
    this.#first = 0
    this.#payloads = 0
    return all
  }
}

/** The end of the part of `segment` that fits; the first payload of a frame always does. */
function fitting(segment: Segment, room: { events: number, chars: number }, isFirst: boolean): number {
  const { payloads } = segment.job.invocation
  const last = Math.min(segment.to, segment.from + room.events)
  let chars = room.chars
  for (let index = segment.from; index < last; index++) {
    chars -= payloads[index]!.length
    if (chars < 0 && !(isFirst && index === segment.from)) return index
  }
  return last
}

function charsOf(segment: Segment, to: number): number {
  const { payloads } = segment.job.invocation
  let chars = 0
  for (let index = segment.from; index < to; index++) chars += payloads[index]!.length
  return chars
}
