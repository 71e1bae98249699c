/**
 * A lane inside the child: the isolate of one function instance and the frames that wait for it, run strictly one after the other.
 * It ends with one `failed` message, after which it neither runs nor says anything.
 */
import { HostCalls } from './host-calls.ts'
import type { LaneFailed, ToChild, ToParent } from './protocol.ts'
import { WarmIsolate, type WarmIsolateOptions } from './warm-isolate.ts'

export type Send = (message: ToParent, body?: string) => void
type RunMessage = Extract<ToChild, { t: 'run' }>
interface WaitingFrame {
  message: RunMessage
  payloads: string
}

/** The parent need not hear of progress more often than it looks. */
const PROGRESS_EVERY_MS = 100
const NEARLY_FULL = 7 / 8
/** How long an isolate that only waits may take to hand over its log. */
const LOGS_MS = 100

export class ChildLane {
  readonly #lane: number
  readonly #options: Omit<WarmIsolateOptions, 'onMessage'>
  readonly #send: Send
  readonly #isolate: WarmIsolate
  readonly #calls: HostCalls
  readonly #waiting: WaitingFrame[] = []
  #running: RunMessage | undefined
  #ended = false
  // What the watch saw last: `since…` is where the running event's clocks began.
  #seenBegun = 0
  #seenCpuMs = 0
  #sinceMs = performance.now()
  #sinceCpuMs = 0
  #toldProgressMs = 0
  #loadedResidentBytes = 0
  #frameMs = 0
  #frameCpuMs = 0
  #reports = 0
  /** Of the running frame's log, which is counted here again. */
  #toldChars = 0
  /** Its verdict is on the way. */
  #isSlow = false

  constructor(lane: number, options: Omit<WarmIsolateOptions, 'onMessage'>, send: Send) {
    this.#lane = lane
    this.#options = options
    this.#send = send
    this.#isolate = new WarmIsolate({ ...options, onMessage: (message) => this.#calls.take(message) })
    this.#calls = new HostCalls({
      limits: options.limits,
      frame: () => this.#running,
      fetch: (call) => this.#send({ t: 'fetch', lane, frame: call.frame, index: call.index, id: call.id }, call.request),
      report: (index, text) => this.#report(index, text),
      log: (line) => this.#tellLogs(`[${line}]`),
      settle: (box) => void this.#settle(box),
    })
    void this.#work()
  }

  run(message: RunMessage, payloads: string): void {
    this.#waiting.push({ message, payloads })
    if (this.#wake !== undefined) this.#wake()
  }
  #wake: (() => void) | undefined

  answerFetch(id: number, head: string, body: string): void {
    this.#calls.answerFetch(id, head, body)
  }

  close(): void {
    this.#ended = true
    this.#calls.close()
    this.#isolate.dispose()
    this.#wake?.()
  }

  async #work(): Promise<void> {
    try {
      const { thrown, isSlow } = await this.#isolate.load()
      if (this.#ended) return
      if (thrown !== '') return this.#fail(isSlow ? 'cpu' : 'load', { recycle: false }, thrown)
      this.#loadedResidentBytes = process.memoryUsage.rss()
      while (!this.#ended) {
        const next = this.#waiting.shift()
        if (next === undefined) await this.#untilWoken()
        else await this.#runFrame(next)
      }
    } catch {
      if (!this.#ended) this.#fail(this.#isolate.isDisposed ? 'memory' : 'lost', { recycle: true })
    }
  }

  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }

  async #runFrame({ message, payloads }: WaitingFrame): Promise<void> {
    this.#running = message
    this.#reports = 0
    this.#toldChars = 0
    this.#frameMs = performance.now()
    this.#frameCpuMs = this.#isolate.cpuMs
    this.#restartClocks(this.#frameMs, this.#frameCpuMs)
    const { text, reported } = await this.#isolate.run({ frame: message.frame, call: message.call, count: message.count, trace: message.trace, live: message.live, payloads })
    // A report is on another way than the answer and may come after it; it must not be taken for the next frame's.
    while (this.#reports < reported && !this.#ended) await new Promise((resolve) => setImmediate(resolve))
    if (this.#ended) return
    this.#send({ t: 'done', lane: this.#lane, frame: message.frame, ...this.#measure(message) }, text)
    this.#running = undefined
  }

  /** Since the frame began; only traces, which are frames of one event, ask for the heap. */
  #measure(message: RunMessage): { ms: number, cpuMs: number, heapBytes: number } {
    return {
      ms: performance.now() - this.#frameMs,
      cpuMs: this.#isolate.cpuMs - this.#frameCpuMs,
      heapBytes: message.trace ? this.#isolate.heapBytes : 0,
    }
  }

  #report(index: number, text: string): void {
    const message = this.#running
    if (message === undefined || this.#ended) return
    this.#reports++
    // The isolate is still at work, and asking it for its heap would wait for it.
    this.#send({ t: 'report', lane: this.#lane, frame: message.frame, index, ...this.#measure({ ...message, trace: false }) }, text)
  }

  async #settle(box: readonly unknown[]): Promise<void> {
    try {
      if (!this.#ended) await this.#isolate.settle(box)
    } catch {
      // An author's unhandled rejection ends up here too, and costs nothing; only an isolate that is gone matters.
      if (!this.#ended && this.#isolate.isDisposed) this.#fail('memory', { recycle: true })
    }
  }

  /** The child's clocks, run every few milliseconds. Idle lanes are watched too: what an event left behind may still spin. */
  watch(nowMs: number): void {
    if (this.#ended || this.#isSlow) return
    const { begun, cpuMs } = this.#isolate
    if (begun !== this.#seenBegun) {
      this.#seenBegun = begun
      this.#restartClocks(nowMs, cpuMs)
      this.#tellProgress(nowMs)
      return
    }
    const idle = cpuMs === this.#seenCpuMs
    this.#seenCpuMs = cpuMs
    const { functionCpuMs, functionWallMs, functionLoadMs } = this.#options.limits
    // While code is loaded another clock runs, which knows where it stopped; this one is for what that cannot interrupt.
    const cpuMsMax = begun === 0 ? functionLoadMs + functionCpuMs : functionCpuMs
    if (cpuMs - this.#sinceCpuMs > cpuMsMax) return this.#fail(this.#hasGrown() ? 'memory' : 'cpu', { recycle: true })
    const waiting = this.#running !== undefined || begun === 0
    if (waiting && nowMs - this.#sinceMs > functionWallMs) void this.#failSlow({ recycle: !idle })
  }

  /** The isolate that merely waits can still say what the event has logged; one that does not answer is not waited for. */
  async #failSlow(options: { recycle: boolean }): Promise<void> {
    const running = this.#running
    if (!options.recycle && running !== undefined && !running.live) {
      this.#isSlow = true
      const lines = await Promise.race([this.#isolate.logs(), new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), LOGS_MS))]).catch(() => undefined)
      this.#isSlow = false
      if (this.#ended || this.#running !== running) return
      if (lines !== undefined) this.#tellLogs(lines)
    }
    this.#fail('wall', options)
  }

  #tellLogs(lines: string): void {
    this.#toldChars += lines.length
    if (this.#toldChars > 2 * this.#options.limits.functionLogBytesKept) return
    if (this.#running !== undefined && !this.#ended) this.#send({ t: 'log', lane: this.#lane, frame: this.#running.frame }, lines)
  }

  /**
   * What fills memory collects garbage so hard near its limit that it meets the processor's clock first; the reason that helps its
   * author is the memory. Measured at 128 MB: what keeps all it makes had grown by 136-245 MB, what lets go of it by 97 MB at most.
   */
  #hasGrown(): boolean {
    const grownMb = (process.memoryUsage.rss() - this.#loadedResidentBytes) / 1024 ** 2
    return this.#loadedResidentBytes > 0 && grownMb > this.#options.limits.functionMemoryMb * NEARLY_FULL
  }

  #restartClocks(nowMs: number, cpuMs: number): void {
    this.#sinceMs = nowMs
    this.#sinceCpuMs = cpuMs
    this.#seenCpuMs = cpuMs
  }

  #tellProgress(nowMs: number): void {
    if (this.#running === undefined || nowMs - this.#toldProgressMs < PROGRESS_EVERY_MS) return
    this.#toldProgressMs = nowMs
    this.#send({ t: 'progress', lane: this.#lane })
  }

  #fail(reason: LaneFailed['reason'], options: { recycle: boolean }, body = ''): void {
    const index = this.#running === undefined ? -1 : this.#isolate.runningIndex
    const { ms, cpuMs } = this.#running === undefined ? { ms: 0, cpuMs: 0 } : this.#measure({ ...this.#running, trace: false })
    this.close()
    this.#send({ t: 'failed', lane: this.#lane, reason, index, ms, cpuMs, recycle: options.recycle }, body)
  }
}
