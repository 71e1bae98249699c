/** Opens the queue that a contract test runs on, and puts everything away afterwards. */
import { afterEach, beforeEach } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import type { Limits } from '../../src/base/limits.ts'
import type { Queue } from '../../src/queue/queue.ts'
import { createManualClock } from '../support/manual-clock.ts'
import type { ManualClock } from '../support/manual-clock.ts'

/** One place for state: `open` may be called again after the queue it gave was closed, and finds what that one left. */
export interface QueuePlace {
  open(options: { clock: Clock, limits?: Partial<Limits> }): Promise<Queue>
  remove(): Promise<void>
}

export interface QueueUnderTest {
  queue: Queue
  clock: ManualClock
  reopen(limits?: Partial<Limits>): Promise<Queue>
}

export type PrepareQueue = () => Promise<QueuePlace>

/** Opens a queue before each test and closes and removes it after. */
export function eachWithQueue(prepare: PrepareQueue): QueueUnderTest {
  const under = {} as QueueUnderTest
  let place: QueuePlace
  beforeEach(async () => {
    place = await prepare()
    under.clock = createManualClock()
    under.queue = await place.open({ clock: under.clock })
    under.reopen = async (limits) => {
      await under.queue.close()
      return (under.queue = await place.open({ clock: under.clock, limits }))
    }
  })
  afterEach(async () => {
    await under.queue.close()
    await place.remove()
  })
  return under
}
