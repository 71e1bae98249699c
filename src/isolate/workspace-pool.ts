/**
 * The children of one workspace and everything that waits for them. No other workspace's code ever runs in them.
 *
 * Work goes to lanes in frames of many events, two under way per lane so that the child never waits for the next one.
 * When an isolate or child falls, what it had not begun goes back to the head of the queue, and the frames that were running
 * become suspects, see `suspects.ts`.
 */
import { availableParallelism } from 'node:os'
import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type { FunctionError } from '../model/outcome.ts'
import { answerFetch, answerFrame, answerLogged, answerReported } from './answer-frame.ts'
import { InstanceQueue } from './instance-queue.ts'
import { Lane } from './lane.ts'
import { LaneBook } from './lane-book.ts'
import type { ExitCause, ProcessClient, ProcessOwner } from './process-client.ts'
import { WHOLE_FRAME, type LaneFailed, type ToParent } from './protocol.ts'
import type { Quarantine } from './quarantine.ts'
import { readThrown } from './read-results.ts'
import { RunFrame } from './run-frame.ts'
import type { RunJob } from './run-job.ts'
import type { FunctionFetch } from './runtime.ts'
import type { Spares } from './spares.ts'
import { settleAll, Suspects } from './suspects.ts'
import { badPayload, guilty, loadFailed, notRun } from './verdicts.ts'

const FRAMES_PER_LANE = 2
/** A second frame follows before the first is answered only when it is worth its way; until then small calls gather into one. */
const FOLLOWING_FRAME_EVENTS = 16
const CORES = availableParallelism()

export interface WorkspacePoolOptions {
  spares: Spares
  quarantine: Quarantine
  fetch: FunctionFetch
  limits: Limits
  clock: Clock
  log: Log
}

export class WorkspacePool implements ProcessOwner {
  readonly #options: WorkspacePoolOptions
  readonly #queues = new Map<string, InstanceQueue>()
  readonly #children = new Set<ProcessClient>()
  readonly #lanes = new LaneBook()
  readonly #suspects: Suspects
  /** Children on their way. */
  #asked = 0
  #lastId = 0
  #closed = false

  constructor(options: WorkspacePoolOptions) {
    this.#options = options
    this.#suspects = new Suspects({
      ...options,
      nowMs: () => this.#nowMs,
      nextId: () => ++this.#lastId,
      isClosed: () => this.#closed,
      lanes: this.#lanes,
      openLane: (queue, child) => {
        child.adopt(this)
        this.#openLane(queue, { child, alone: true })
      },
    })
  }

  get children(): ProcessClient[] {
    return [...this.#children, ...this.#suspects.children]
  }

  get isIdle(): boolean {
    return this.#children.size + this.#asked + this.#queues.size === 0 && this.#suspects.isIdle
  }

  enqueue(job: RunJob): void {
    const { instance, payloads } = job.invocation
    let queue = this.#queues.get(instance.key)
    if (queue === undefined) this.#queues.set(instance.key, queue = new InstanceQueue(instance, this.#options.limits))
    queue.push({ job, from: 0, to: payloads.length })
    this.#schedule(queue)
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  #schedule(queue: InstanceQueue): void {
    // It may have been forgotten since, and gets back here what a fallen lane still held.
    if (queue.waiting > 0 && !this.#queues.has(queue.instance.key)) this.#queues.set(queue.instance.key, queue)
    while (queue.waiting > 0 && !this.#closed) {
      const lane = this.#idleLane(queue) ?? this.#newLane(queue) ?? this.#busyLane(queue)
      const segments = lane && queue.take()
      if (lane === undefined || segments === undefined) return
      lane.send(new RunFrame(++this.#lastId, segments), this.#nowMs)
    }
  }

  #idleLane(queue: InstanceQueue): Lane | undefined {
    return this.#lanes.ofQueue(queue).find((lane) => lane.inFlight.length === 0 && lane.child.drainUntilMs === undefined)
  }

  #busyLane(queue: InstanceQueue): Lane | undefined {
    if (queue.waiting < Math.min(queue.frameEvents, FOLLOWING_FRAME_EVENTS)) return undefined
    let best: Lane | undefined
    for (const lane of this.#lanes.ofQueue(queue)) {
      const open = lane.child.drainUntilMs === undefined && lane.inFlight.length < FRAMES_PER_LANE
      if (open && (best === undefined || lane.inFlight.length < best.inFlight.length)) best = lane
    }
    return best
  }

  /** A lane runs one event at a time; further ones are for what does not fit a frame. */
  #newLane(queue: InstanceQueue): Lane | undefined {
    const { isolatesPerInstanceMax } = this.#options.limits
    let lanes = 0
    for (const lane of this.#lanes.ofQueue(queue)) if (lane.child.drainUntilMs === undefined) lanes++
    const lanesMax = queue.isWaiting ? isolatesPerInstanceMax : Math.min(isolatesPerInstanceMax, CORES)
    if (lanes > 0 && (lanes >= lanesMax || queue.waiting < queue.frameEvents)) return undefined
    const child = this.#leastBusyChild()
    return child && this.#openLane(queue, { child, alone: false })
  }

  /** Asks for another child when there is none, or when each has as many busy isolates as the machine has cores. */
  #leastBusyChild(): ProcessClient | undefined {
    let best: ProcessClient | undefined
    let least = Infinity
    let usable = this.#asked
    for (const child of this.#children) {
      if (child.drainUntilMs !== undefined) continue
      usable++
      const busy = this.#lanes.busyIn(child)
      if (busy < least) [best, least] = [child, busy]
    }
    if (usable < this.#options.limits.childrenPerWorkspaceMax && (usable === 0 || (least >= CORES && this.#asked === 0))) this.#askChild()
    return best
  }

  #askChild(): void {
    this.#asked++
    this.#options.spares.take().then((child) => {
      this.#asked--
      if (this.#closed) return child.kill('recycled')
      this.#children.add(child)
      child.usedMs = this.#nowMs
      child.adopt(this)
      for (const queue of this.#queues.values()) this.#schedule(queue)
    }, () => {
      this.#asked--
    })
  }

  #openLane(queue: InstanceQueue, options: { child: ProcessClient, alone: boolean }): Lane {
    const { child } = options
    const lane = new Lane(++this.#lastId, { queue, ...options, nowMs: this.#nowMs })
    this.#lanes.add(lane)
    child.openLane(lane.id, queue.instance)
    let surplus = this.#lanes.countIn(child) - this.#options.limits.warmIsolatesMax
    if (surplus <= 0) return lane
    for (const cold of this.#lanes.inChild(child)) {
      if (surplus-- <= 0) break
      if (cold !== lane && cold.inFlight.length === 0) this.#closeLane(cold)
    }
    return lane
  }

  #closeLane(lane: Lane): void {
    lane.child.closeLane(lane.id)
    this.#lanes.remove(lane)
    this.#forgetIdle(lane.queue)
  }

  #forgetIdle(queue: InstanceQueue): void {
    const unused = queue.isEmpty && this.#lanes.ofQueue(queue).length === 0 && this.#lanes.aloneOf(queue) === undefined
    if (unused && this.#queues.get(queue.instance.key) === queue) this.#queues.delete(queue.instance.key)
  }

  onMessage(child: ProcessClient, message: ToParent, body: string): void {
    if (message.t === 'ready') return
    const lane = this.#lanes.find(child, message.lane)
    if (lane === undefined) return
    lane.aliveMs = this.#nowMs
    switch (message.t) {
      case 'done': return this.#onDone(lane, message, body)
      case 'report': {
        const frame = lane.running(message.frame)
        return frame && answerReported(frame, message, { body, limits: this.#options.limits })
      }
      case 'log': {
        const frame = lane.running(message.frame)
        return frame && answerLogged(frame, body, this.#options.limits)
      }
      case 'fetch': return void answerFetch(lane, message, { body, fetch: this.#options.fetch, limits: this.#options.limits })
      case 'failed': return this.#onLaneFailed(lane, message, body)
      case 'progress': return
      default: return message satisfies never
    }
  }

  #onDone(lane: Lane, message: Extract<ToParent, { t: 'done' }>, body: string): void {
    const { queue, child } = lane
    const frame = lane.running(message.frame)
    if (frame === undefined) return child.kill('crashed')
    lane.inFlight.shift()
    if (answerFrame(frame, body, { measured: message, limits: this.#options.limits })) this.#options.quarantine.countHealthy(queue.instance, frame.count)
    else this.#onFormless(lane, frame, body)
    queue.measure({ events: frame.count, calling: frame.reported, ms: message.ms })
    child.usedMs = lane.aliveMs
    if (lane.alone) return this.#suspects.runNext(queue)
    // Code that is only tried out is not run again under its key, and must not take a warm isolate's place.
    const isTrial = (frame.trace || frame.call === 'handlers') && queue.isEmpty
    if (lane.inFlight.length === 0 && (isTrial || lane.runs >= this.#options.limits.isolateRunsMax)) this.#closeLane(lane)
    else this.#lanes.markUsed(lane)
    this.#schedule(queue)
  }

  /** An empty answer says that the payloads are not JSON, and alone they show which; any other comes of a bootstrap that was tampered with. */
  #onFormless(lane: Lane, frame: RunFrame, body: string): void {
    if (!lane.alone) return this.#suspects.add(lane.queue, frame, -1)
    const verdict = body === '' ? badPayload() : guilty('lost', this.#options.limits)
    for (const { position } of frame.unsettled()) frame.settle(position, verdict)
  }

  #onLaneFailed(lane: Lane, failure: LaneFailed, body: string): void {
    const { queue, child } = lane
    const frames = lane.inFlight.splice(0)
    this.#lanes.remove(lane)
    const [running, ...behind] = frames
    if (failure.reason === 'load') this.#onLoadFailed(queue, frames, body)
    else {
      queue.putBack(behind.flatMap((frame) => frame.unsettledSegments()))
      if (running !== undefined) this.#onFall(lane, running, { ...failure, reason: failure.reason, error: thrownIn(queue, body) })
    }
    if (failure.recycle || lane.alone) this.#drain(child)
    this.#suspects.runNext(queue)
    this.#schedule(queue)
    this.#forgetIdle(queue)
  }

  #onLoadFailed(queue: InstanceQueue, frames: readonly RunFrame[], thrown: string): void {
    const verdict = loadFailed(thrownIn(queue, thrown) ?? { name: 'Error', message: 'The code failed while it was loaded.' })
    for (const frame of frames) settleAll(frame.unsettledSegments(), verdict)
  }

  #onFall(lane: Lane, frame: RunFrame, failure: LaneFailed & { reason: Exclude<LaneFailed['reason'], 'load'>, error?: FunctionError }): void {
    const { queue } = lane
    // Code that is loaded only to look at it has no events among which to find the guilty one.
    if (lane.alone || frame.call === 'handlers') return this.#suspects.convict(queue, frame, failure)
    // Who merely waited too long is known without another try: the clock ran for that event, or for that batch, alone.
    const slow = failure.reason === 'wall' ? [...frame.unsettled()].filter(({ position }) => position === failure.index || failure.index === WHOLE_FRAME) : []
    if (slow.length === 0) return this.#suspects.add(queue, frame, failure.index)
    const verdict = guilty('wall', this.#options.limits)
    for (const { position } of slow) frame.settle(position, { ...verdict, trace: frame.traceOfFall(position, failure) })
    queue.putBack(frame.unsettledSegments())
  }

  /** It gets nothing new, and a moment to end what its other isolates are doing. */
  #drain(child: ProcessClient): void {
    child.drainUntilMs ??= this.#nowMs + this.#options.limits.killGraceMs
    if (this.#lanes.busyIn(child) === 0) child.kill('recycled')
  }

  onExit(child: ProcessClient, cause: ExitCause): void {
    this.#children.delete(child)
    const touched = new Set<InstanceQueue>()
    for (const lane of this.#lanes.inChild(child)) {
      const { queue } = lane
      const [running, ...behind] = lane.inFlight.splice(0)
      touched.add(queue)
      this.#lanes.remove(lane)
      queue.putBack(behind.flatMap((frame) => frame.unsettledSegments()))
      if (running === undefined) continue
      // Where one isolate stalled and its child was killed for that, the others are above suspicion.
      if (cause === 'recycled' || (cause === 'stalled' && !lane.isStalled)) queue.putBack(running.unsettledSegments())
      else if (lane.alone) this.#suspects.convict(queue, running, { reason: cause, ms: this.#nowMs - lane.begunMs, cpuMs: 0 })
      else this.#suspects.add(queue, running, -1)
    }
    this.#suspects.onExit(child)
    for (const queue of touched) {
      if (queue.suspects.length > 0) this.#suspects.runNext(queue)
      this.#schedule(queue)
      this.#forgetIdle(queue)
    }
  }

  /** The parent's clocks. Called every few milliseconds. */
  watch(): void {
    const { limits } = this.#options
    const nowMs = this.#nowMs
    for (const child of this.children) {
      if ((child.residentMb() ?? 0) > limits.childResidentMbMax) child.kill('memory')
      for (const lane of this.#lanes.inChild(child)) {
        lane.isStalled ||= lane.inFlight.length > 0 && nowMs - lane.aliveMs > limits.functionWallMs + limits.killGraceMs
        if (lane.isStalled) child.kill('stalled')
      }
      const isDone = this.#lanes.busyIn(child) === 0
      const { drainUntilMs } = child
      if (drainUntilMs !== undefined && (isDone || nowMs > drainUntilMs)) child.kill('recycled')
      if (isDone && this.#children.has(child) && nowMs - child.usedMs > limits.childIdleMs) child.kill('recycled')
    }
    const overdueMs = nowMs - limits.functionQueueMs
    for (const waiting of [this.#suspects, ...this.#queues.values()]) {
      const overdue = waiting.takeQueuedBefore(overdueMs)
      if (overdue.length > 0) settleAll(overdue, notRun('functions_overloaded'))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const { children } = this
    const verdict = notRun('shutting_down')
    for (const queue of this.#queues.values()) {
      settleAll(queue.takeAll(), verdict)
    }
    for (const frame of children.flatMap((child) => this.#lanes.inChild(child)).flatMap((lane) => lane.inFlight)) {
      settleAll(frame.unsettledSegments(), verdict)
    }
    for (const child of children) child.kill('recycled')
    await Promise.all(children.map((child) => child.closed))
  }
}

/** The error in a child's message; undefined where there is none, or where the code broke the bootstrap that would have described it. */
function thrownIn(queue: InstanceQueue, body: string): FunctionError | undefined {
  try {
    return readThrown(JSON.parse(body), queue.instance.code)
  } catch {
    return undefined
  }
}
