/**
 * Events that were in an isolate or child when it fell. They run one by one, in a child that runs nothing else: the one that
 * falls again is guilty beyond doubt, the others get their results, and the function's other work goes on meanwhile.
 */
import type { Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type { FunctionError } from '../model/outcome.ts'
import type { InstanceQueue } from './instance-queue.ts'
import type { LaneBook } from './lane-book.ts'
import type { ProcessClient } from './process-client.ts'
import type { Quarantine } from './quarantine.ts'
import { RunFrame } from './run-frame.ts'
import type { Segment } from './run-job.ts'
import type { RunResult } from './runtime.ts'
import type { Spares } from './spares.ts'
import { guilty, quarantined, type Fall } from './verdicts.ts'

/** Two, so that one function's poison does not hold up the innocent of another. */
const CHILDREN_MAX = 2

export interface SuspectsOptions {
  spares: Spares
  quarantine: Quarantine
  limits: Limits
  log: Log
  nowMs(): number
  nextId(): number
  /** Opens a lane for events that run alone, in a child that is nobody else's. */
  openLane(queue: InstanceQueue, child: ProcessClient): void
  lanes: LaneBook
  isClosed(): boolean
}

export class Suspects {
  readonly #options: SuspectsOptions
  readonly #children = new Set<ProcessClient>()
  /** Queues that wait for a child, in order. */
  readonly #waiting = new Set<InstanceQueue>()
  #asked = 0

  constructor(options: SuspectsOptions) {
    this.#options = options
  }

  get children(): ReadonlySet<ProcessClient> {
    return this.#children
  }

  get isIdle(): boolean {
    return this.#children.size === 0 && this.#asked === 0
  }

  /** `hint` is the position that was running: it goes last, so that its neighbours need not wait for the next fall. */
  add(queue: InstanceQueue, frame: RunFrame, hint: number): void {
    let hinted: Segment | undefined
    for (const { position, segment } of frame.unsettled()) {
      if (position === hint) hinted = segment
      else queue.suspects.push(segment)
    }
    if (hinted !== undefined) queue.suspects.push(hinted)
    this.runNext(queue)
  }

  runNext(queue: InstanceQueue): void {
    const lane = this.#options.lanes.aloneOf(queue)
    if (lane !== undefined && (lane.inFlight.length > 0 || lane.child.drainUntilMs !== undefined)) return
    const next = queue.suspects[0]
    if (next === undefined) return lane?.child.kill('recycled')
    if (lane === undefined) {
      this.#waiting.add(queue)
      return this.#askChild()
    }
    queue.suspects.shift()
    lane.send(new RunFrame(this.#options.nextId(), [next], { live: true }), this.#options.nowMs())
  }

  #askChild(): void {
    const { spares, isClosed } = this.#options
    if (isClosed() || this.#children.size + this.#asked >= CHILDREN_MAX || this.#asked >= this.#waiting.size) return
    this.#asked++
    spares.take().then((child) => {
      this.#asked--
      const queue = this.#nextWaiting()
      if (isClosed() || queue === undefined) return child.kill('recycled')
      this.#children.add(child)
      this.#options.openLane(queue, child)
      this.runNext(queue)
    }, () => {
      this.#asked--
    })
  }

  #nextWaiting(): InstanceQueue | undefined {
    for (const queue of this.#waiting) {
      this.#waiting.delete(queue)
      if (queue.suspects.length > 0 && this.#options.lanes.aloneOf(queue) === undefined) return queue
    }
    return undefined
  }

  /** The event that ran alone when its isolate or child fell. */
  convict(queue: InstanceQueue, frame: RunFrame, fall: { reason: Fall, ms: number, cpuMs: number, error?: FunctionError }): void {
    const { limits, quarantine, log } = this.#options
    const verdict = guilty(fall.reason, limits, fall.error)
    for (const { position } of frame.unsettled()) frame.settle(position, { ...verdict, trace: frame.traceOfFall(position, fall) })
    if (verdict.strike !== true) return
    // Poison comes in clusters: going on in the middle of the others reaches the healthy ones sooner.
    queue.suspects.push(...queue.suspects.splice(0, queue.suspects.length >> 1))
    if (!quarantine.countKill(queue.instance)) return
    const leftMs = quarantine.pausedForMs(queue.instance) ?? 0
    log.warn('a function keeps killing its process and is paused', { functionId: queue.instance.functionId, ms: leftMs })
    settleAll(queue.takeAll(), quarantined(leftMs))
  }

  onExit(child: ProcessClient): void {
    if (this.#children.delete(child)) this.#askChild()
  }

  /** Those that have waited for a child since before `ms`. */
  takeQueuedBefore(ms: number): Segment[] {
    const overdue: Segment[] = []
    for (const queue of this.#waiting) {
      if (queue.suspects.some(({ job }) => job.queuedMs < ms)) overdue.push(...queue.suspects.splice(0))
    }
    return overdue
  }
}

export function settleAll(segments: readonly Segment[], verdict: RunResult): void {
  for (const { job, from, to } of segments) {
    for (let index = from; index < to; index++) job.settle(index, verdict)
  }
}
