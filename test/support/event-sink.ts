/** The sink as the witness of a whole run: which events arrived under a path, and when, each time. Only what it answered 200 counts. */
import { randomPlan, startSink } from './sink-server.ts'
import type { SinkEvent, SinkPlan } from './sink-server.ts'

export interface ArrivedEvent {
  /** The event as it arrived first. */
  event: SinkEvent
  /** Milliseconds since 1970 of each arrival, in order. */
  at: number[]
}

export interface EventSink extends AsyncDisposable {
  url: string
  /** By messageId. */
  arrived(path: string): Map<string, ArrivedEvent>
  /** How many requests were answered with a status; 0 are those that got no answer. */
  answered(status: number): number
}

export async function startEventSink(options: { plan?: SinkPlan } = {}): Promise<EventSink> {
  const sink = await startSink(options)
  return {
    url: sink.url,
    arrived: (path) => {
      const arrived = new Map<string, ArrivedEvent>()
      for (const request of sink.received()) {
        if (request.url !== path || request.status !== 200) continue
        for (const event of request.events) {
          const before = arrived.get(event.messageId)
          if (before === undefined) arrived.set(event.messageId, { event, at: [request.at] })
          else before.at.push(request.at)
        }
      }
      return arrived
    },
    answered: (status) => sink.received().filter((request) => request.status === status).length,
    [Symbol.asyncDispose]: () => sink.close(),
  }
}

/** A share of the requests is answered 500, 429 or not at all, by the seed. */
export function faultyPlan(seed: number, faultShare: number): SinkPlan {
  const share = faultShare / 4
  return randomPlan({ seed, failing: share, busy: share, droppedBeforeRead: share, droppedAfterRead: share })
}

/** How many events arrived, and how many of the arrivals were repeats. */
export function countArrivals(arrived: ReadonlyMap<string, ArrivedEvent>): { unique: number, repeats: number } {
  let repeats = 0
  for (const { at } of arrived.values()) repeats += at.length - 1
  return { unique: arrived.size, repeats }
}
