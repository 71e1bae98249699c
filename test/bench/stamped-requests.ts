/**
 * Requests for the load client that are made before the clock runs. Receiving drops events whose messageId it has seen, so each
 * sending must have ids of its own: they are written over the old ones inside the ready buffer, which costs next to nothing.
 */
import { makeEvents } from '../support/make-event.ts'
import { postRequest } from '../support/load-client.ts'
import type { LoadRequest } from '../support/load-client.ts'

export interface RequestShape {
  url: string
  path: string
  headers: Record<string, string>
  batch: number
  /** The body around the events' JSON texts. */
  wrap: (events: string[]) => string
}

interface Template {
  request: LoadRequest
  idOffsets: number[]
  /** How many of its events have a userId, which is what the trivial transform lets pass. */
  identified: number
}

export interface StampedRequests {
  /** The next request of this connection, with ids never sent before. */
  next(connection: number): LoadRequest & { identified: number }
}

const TEMPLATES_PER_CONNECTION = 6
const STAMP_DIGITS = 12

export function stampedRequests(shape: RequestShape, options: { connections: number, seed: number }): StampedRequests {
  const maker = makeEvents(options.seed)
  const sets = Array.from({ length: options.connections }, () => Array.from({ length: TEMPLATES_PER_CONNECTION }, () => makeTemplate(shape, maker)))
  const turns = sets.map(() => 0)
  // Starts where no earlier run of this process or another one has been: milliseconds times a thousand leave room for a million events a second.
  let stamp = Date.now() % 1e9 * 1_000
  return {
    next: (connection) => {
      const set = sets[connection]!
      const template = set[turns[connection]!++ % set.length]!
      for (const offset of template.idOffsets) template.request.bytes.write(String(stamp++).padStart(STAMP_DIGITS, '0'), offset, 'latin1')
      return { ...template.request, identified: template.identified }
    },
  }
}

function makeTemplate(shape: RequestShape, maker: ReturnType<typeof makeEvents>): Template {
  const events = Array.from({ length: shape.batch }, () => maker.next())
  const mark = 'S'.repeat(STAMP_DIGITS)
  const texts = events.map((event) => JSON.stringify({ ...event, messageId: `bench-${mark}-${event.messageId}` }))
  const request = postRequest({ url: shape.url, path: shape.path, headers: shape.headers, body: shape.wrap(texts) })
  const idOffsets: number[] = []
  for (let at = request.bytes.indexOf(mark); at >= 0; at = request.bytes.indexOf(mark, at + 1)) idOffsets.push(at)
  return { request, idOffsets, identified: events.filter((event) => event.userId !== undefined).length }
}
