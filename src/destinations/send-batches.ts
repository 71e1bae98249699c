/** Sends batches in parallel within bounds; the outcome of a request is the outcome of each of its events. */
import { limits } from '../base/limits.ts'
import type { Outcome } from '../model/outcome.ts'

export interface SendBatchesOptions {
  now: () => number
  /** No request starts later than this after the first, so that a slow destination cannot hold a unit of work for ever. */
  startWithinMs: number
}

const NOT_SENT: Outcome = Object.freeze({ kind: 'retry', code: 'destination_saturated', free: true })

/** One outcome per item, in the order of the batches; `send` must not throw. */
export async function sendBatches<Item>(batches: readonly Item[][], send: (batch: Item[]) => Promise<Outcome>, options: SendBatchesOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const startedAt = options.now()
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < batches.length; index = next++) {
      const late = options.now() - startedAt > options.startWithinMs
      outcomes[index] = late ? NOT_SENT : await send(batches[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(batches.length, limits.destinationRequestsInFlightMax) }, lane))
  return batches.flatMap((batch, index) => batch.map(() => outcomes[index]!))
}
