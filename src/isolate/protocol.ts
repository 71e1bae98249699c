/**
 * What parent and child say to each other. Each message is a head of these shapes and a body, see `framing.ts`.
 *
 * A *lane* is one isolate of one function instance in one child; the parent opens, feeds and closes lanes and owns all
 * scheduling. A *frame* is a run of payloads on a lane. A lane answers its frames in the order in which it got them,
 * with `done`, or with one `failed` after which the lane is gone, and with it the frames that it still held.
 */
import type { Limits } from '../base/limits.ts'
import type { ResourceType } from '../model/function.ts'

export type CallMode = 'events' | 'batch' | 'request' | 'handlers'

/** The limits that hold inside a child. */
export type ChildLimits = Pick<
  Limits,
  | 'functionWallMs' | 'functionCpuMs' | 'functionLoadMs' | 'functionMemoryMb' | 'functionFetchesMax' | 'functionFetchesInFlightMax' | 'functionFetchBodyBytesMax'
  | 'functionOutputBytesMax' | 'functionSourceOutputBytesMax' | 'functionLogBytesKept' | 'functionErrorCharsMax' | 'functionTimersMax' | 'functionKeyBytesMax' | 'functionKeyCharsMax' | 'functionRsaBitsMax' | 'childWatchMs' | 'frameBytesMax'
>

export type ToChild =
  /** First of all; `libraries` is their folder. Body: the guest script. */
  | { t: 'init', limits: ChildLimits, libraries: string }
  /** Body: the function's script (`scriptChars` long), then its settings as JSON text. */
  | { t: 'open', lane: number, resourceType: ResourceType, scriptChars: number }
  | { t: 'close', lane: number }
  /** Body: JSON array of `count` payloads. `live`: log lines are told as they are written. */
  | { t: 'run', lane: number, frame: number, call: CallMode, count: number, trace: boolean, live: boolean }
  /** Answer to `fetch`. Body: what the guest's fetch gets, see `guest/wire.guest.ts`. */
  | { t: 'fetched', lane: number, id: number, headChars: number }

export type ToParent =
  | { t: 'ready' }
  /** Body: one JSON array with an entry per payload, a line feed, and the texts that the entries measure. */
  | { t: 'done', lane: number, frame: number, ms: number, cpuMs: number, heapBytes: number }
  /** One event of a frame that is still running has finished; its entry in `done` will be 0. Body as in `done`. */
  | { t: 'report', lane: number, frame: number, index: number, ms: number, cpuMs: number, heapBytes: number }
  /** Some event of this lane's frame has finished since the last such message. */
  | { t: 'progress', lane: number }
  /** Body: JSON array of what the frame's running event has logged since the last such message. */
  | { t: 'log', lane: number, frame: number }
  /** Body: the request as JSON text. */
  | { t: 'fetch', lane: number, frame: number, index: number, id: number }
  | LaneFailed

/** As `progress.guest.ts` writes it. A function without `onBatch` gets the events of a batch one by one, and then they have their own indexes. */
export const WHOLE_FRAME = -2

/**
 * Body: the thrown error as JSON text, where there is one.
 * - `load`: the code failed while it was loaded.
 * - `cpu`, `memory`: the limit named was passed while event `index` ran, or by what an earlier event left behind.
 * - `wall`: event `index` did not end in time, and merely waited.
 * - `lost`: the isolate ended in a way that has no other name.
 */
export interface LaneFailed {
  t: 'failed'
  lane: number
  reason: 'load' | 'cpu' | 'wall' | 'memory' | 'lost'
  /** -1: no event was running; `WHOLE_FRAME`: all of them, in one `onBatch` call. */
  index: number
  /** Since the frame began. */
  ms: number
  cpuMs: number
  /** Disposing gives no proof that the isolate's thread has stopped: the child must be replaced. */
  recycle: boolean
}
