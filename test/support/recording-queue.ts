/** A Queue that only takes appends and remembers them; for tests of what comes before the queue. */
import { SluiceError } from '../../src/base/errors.ts'
import type { Event } from '../../src/model/event.ts'
import type { NewEntry, Queue } from '../../src/queue/queue.ts'

export interface RecordingQueue extends Queue {
  readonly appended: NewEntry[]
  /** How many appends were asked for, held ones included. */
  asks(): number
  /** The parsed texts of all events appended so far. */
  events(): Event[]
  /** Every later append is refused with this; undefined ends it. */
  refuseWith(error: Error | undefined): void
  /** Later appends wait until the function in the answer is called. */
  hold(): () => void
}

export function createRecordingQueue(): RecordingQueue {
  const appended: NewEntry[] = []
  let asks = 0
  let refusal: Error | undefined
  let gate: Promise<void> = Promise.resolve()
  const never = (): never => {
    throw new SluiceError('internal', { message: 'the recording queue only takes appends' })
  }
  return {
    durability: 'nowhere',
    appended,
    asks: () => asks,
    events: () => appended.flatMap((entry) => entry.events).map((carrier) => JSON.parse(carrier.text) as Event),
    refuseWith(error) {
      refusal = error
    },
    hold() {
      let release = (): void => {}
      gate = new Promise((resolve) => {
        release = resolve
      })
      return release
    },
    async append(entry) {
      asks++
      await gate
      if (refusal) throw refusal
      appended.push(entry)
      return { entryId: appended.length, repeated: [] }
    },
    claim: never,
    settle: never,
    claimDue: never,
    hasten: never,
    list: never,
    revive: never,
    ledger: never,
    depth: () => ({ entries: appended.length, bytes: 0, parked: {} }),
    close: async () => {},
  }
}
