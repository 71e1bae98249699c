/** Cuts events into requests of bounded size, and says once per request how all of its events ended. */
import type { EventCarrier } from '../model/event.ts'
import type { Outcome } from '../model/outcome.ts'

export interface BatchBounds {
  eventsMax: number
  /** Of the joined JSON texts; one event that is larger alone still gets a batch of its own. */
  bytesMax: number
}

/** Runs of consecutive texts that fit the bounds; none is empty. */
export function splitTexts(texts: readonly string[], { eventsMax, bytesMax }: BatchBounds): string[][] {
  const batches: string[][] = []
  let batch: string[] = []
  let bytes = 0
  for (const text of texts) {
    const textBytes = Buffer.byteLength(text) + 1
    if (batch.length > 0 && (batch.length === eventsMax || bytes + textBytes > bytesMax)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(text)
    bytes += textBytes
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

/** The outcome of a request is the outcome of each of its events. */
export function spread(batches: readonly (readonly unknown[])[], outcomes: readonly Outcome[]): Outcome[] {
  return batches.flatMap((batch, index) => batch.map(() => outcomes[index]!))
}

/** The texts of events. */
export function textsOf(events: readonly EventCarrier[]): string[] {
  return events.map((event) => event.text)
}
