/** What the worker's parts are given; the same object goes all the way down. */
import type { Clock, Random } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { DeliverDeps } from '../deliver/deliver.ts'
import type { CurrentSnapshot, RetryPolicy } from '../model/snapshot.ts'
import type { Queue } from '../queue/queue.ts'
import type { Batch } from './batch.ts'
import type { Lanes } from './lane.ts'
import type { RecentEvents } from './recent-events.ts'
import type { Slots } from './slots.ts'

export interface WorkDeps extends DeliverDeps {
  queue: Queue
  snapshot: CurrentSnapshot
  lanes: Lanes
  /** Those that are being filled, by destination. */
  batches: Map<string, Batch>
  recent: RecentEvents
  /** Deliveries that outlived their unit; a stop waits for them. */
  late: Slots
  clock: Clock
  random: Random
  log: Log
  /** Retries of source functions and source insert functions. */
  sourceRetry: RetryPolicy
  /** Aborted when the worker is told to stop; then nothing waits any more. */
  stopping: AbortSignal
}
