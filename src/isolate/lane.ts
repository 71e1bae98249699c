/** An isolate of one instance in one child, as the parent sees it: the frames that it was given and has not answered. */
import type { InstanceQueue } from './instance-queue.ts'
import type { ProcessClient } from './process-client.ts'
import type { RunFrame } from './run-frame.ts'

export class Lane {
  readonly id: number
  readonly queue: InstanceQueue
  readonly child: ProcessClient
  /** Runs one event at a time, in a child of its own, since any of them may be what killed the last one. */
  readonly alone: boolean
  readonly inFlight: RunFrame[] = []
  /** When the child last said something about it, or began to have something to say. */
  aliveMs: number
  /** When it was given work after it had none. */
  begunMs: number
  runs = 0
  /** It is why its child was killed. */
  isStalled = false

  constructor(id: number, options: { queue: InstanceQueue, child: ProcessClient, alone: boolean, nowMs: number }) {
    this.id = id
    this.queue = options.queue
    this.child = options.child
    this.alone = options.alone
    this.aliveMs = options.nowMs
    this.begunMs = options.nowMs
  }

  send(frame: RunFrame, nowMs: number): void {
    if (this.inFlight.length === 0) this.aliveMs = this.begunMs = nowMs
    this.inFlight.push(frame)
    this.runs += frame.count
    this.child.run(this.id, frame)
  }

  /** The running frame, when it is the one named. */
  running(frame: number): RunFrame | undefined {
    return this.inFlight[0]?.id === frame ? this.inFlight[0] : undefined
  }
}
