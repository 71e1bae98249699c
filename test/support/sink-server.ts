/**
 * The other side: a loopback HTTP server that writes down what it is sent and answers as a test tells it to. Imports nothing
 * from src, since it is the witness against it.
 *
 * Answers come from three places, in this order: `answerNext(...)`, each used once; the plan; 200 with an empty object.
 */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { seededRandom } from './seeded-random.ts'

export interface SinkAnswer {
  /** Default 200. */
  status?: number
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** Wait this long before the answer. */
  delayMs?: number
  /** Break the connection instead of answering: before the body is read, after it was, or in the middle of the answer's body. */
  drop?: 'before-read' | 'after-read' | 'mid-answer'
  /** Read the request and never answer. */
  silent?: true
  /** These bytes instead of an HTTP answer; then the connection ends, unless `keepOpen`. */
  raw?: string
  keepOpen?: true
}

export interface SinkEvent {
  messageId: string
  [name: string]: unknown
}

export interface SinkRequest {
  method: string
  /** Path and query. */
  url: string
  headers: IncomingHttpHeaders
  /** The body; empty when the connection was dropped before reading. */
  text: string
  /** Milliseconds since 1970. */
  at: number
  /** The answer's status; 0 when there was none. */
  status: number
  /** What the body holds: one event, an array of events, or {batch: [...]}. Parsed on first use. */
  readonly events: readonly SinkEvent[]
}

/** `request` is what has come, `index` counts from 0; undefined means 200. */
export type SinkPlan = (request: { method: string, url: string, headers: IncomingHttpHeaders }, index: number) => SinkAnswer | undefined

export interface SinkOptions {
  /** `count` keeps no requests and parses nothing: for loads that would fill the memory. Default `record`. */
  mode?: 'record' | 'count'
  plan?: SinkPlan
  /** Default 127.0.0.1 and a free port. */
  host?: string
  port?: number
}

export interface SinkServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string
  /** `127.0.0.1:PORT`, as the egress allow list wants it. */
  readonly address: string
  readonly port: number
  /** Every request so far, the refused ones too; empty in mode `count`. */
  received(): readonly SinkRequest[]
  /** By messageId, the events of requests that were answered 2xx, one entry per time; `{ all: true }` takes those of refused requests too. */
  eventsById(options?: { all?: boolean }): Map<string, SinkEvent[]>
  /** `events` counts those answered 2xx only. In mode `count` events are occurrences of `"messageId":` in the body. */
  counts(): { requests: number, events: number }
  /** Connections taken so far. */
  connections(): number
  /** The next requests get these answers, one each. */
  answerNext(...answers: SinkAnswer[]): void
  /** Replaces the plan; without one everything is answered 200. */
  follow(plan: SinkPlan | undefined): void
  /** Forgets what was received and what is still to be answered; keeps the plan. */
  reset(): void
  close(): Promise<void>
}

interface State {
  requests: SinkRequest[]
  next: SinkAnswer[]
  plan: SinkPlan | undefined
  counted: { requests: number, events: number }
  mode: 'record' | 'count'
}

export async function startSink(options: SinkOptions = {}): Promise<SinkServer> {
  const { host = '127.0.0.1', port = 0, mode = 'record', plan } = options
  const state: State = { requests: [], next: [], plan, counted: { requests: 0, events: 0 }, mode }
  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (request, response) => {
    const answer = chooseAnswer(state, request)
    if (answer.drop === 'before-read') {
      write(state, request, { body: Buffer.alloc(0), status: 0 })
      request.socket.resetAndDestroy()
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      const answered = answer.drop === undefined && answer.silent === undefined && answer.raw === undefined
      write(state, request, { body, status: answered ? answer.status ?? 200 : 0 })
      if (answer.delayMs === undefined) give(answer, request, response)
      else setTimeout(() => give(answer, request, response), answer.delayMs)
    })
  })
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, host, resolve) })
  let connections = 0
  server.on('connection', () => { connections += 1 })
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    address: `${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    received: () => state.requests,
    eventsById: ({ all = false } = {}) => groupById(state.requests.filter((request) => all || isSuccess(request.status))),
    counts: () => ({
      requests: state.counted.requests,
      events: mode === 'count' ? state.counted.events : state.requests.reduce((sum, request) => sum + (isSuccess(request.status) ? request.events.length : 0), 0),
    }),
    connections: () => connections,
    answerNext: (...answers) => { state.next.push(...answers) },
    follow: (next) => { state.plan = next },
    reset: () => {
      state.requests = []
      state.next = []
      state.counted = { requests: 0, events: 0 }
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

export interface RandomPlanOptions {
  seed: number
  /** Shares of all requests, each from 0 to 1; together at most 1. The rest is answered 200. */
  failing?: number
  busy?: number
  droppedBeforeRead?: number
  droppedAfterRead?: number
  /** Sent with each 429. Default "1". */
  retryAfter?: string
}

/** A destination on a bad day: the same seed gives the same sequence of answers. */
export function randomPlan(options: RandomPlanOptions): SinkPlan {
  const { seed, failing = 0.05, busy = 0.05, droppedBeforeRead = 0.025, droppedAfterRead = 0.025, retryAfter = '1' } = options
  const random = seededRandom(seed)
  const table: [share: number, answer: SinkAnswer][] = [
    [failing, { status: 500, body: '{"error":"planned failure"}' }],
    [busy, { status: 429, headers: { 'Retry-After': retryAfter } }],
    [droppedBeforeRead, { drop: 'before-read' }],
    [droppedAfterRead, { drop: 'after-read' }],
  ]
  return () => {
    let chance = random.next()
    for (const [share, answer] of table) {
      if (chance < share) return answer
      chance -= share
    }
    return undefined
  }
}

function chooseAnswer(state: State, request: IncomingMessage): SinkAnswer {
  const index = state.counted.requests
  state.counted.requests += 1
  return state.next.shift() ?? state.plan?.({ method: request.method!, url: request.url!, headers: request.headers }, index) ?? {}
}

function write(state: State, request: IncomingMessage, { body, status }: { body: Buffer, status: number }): void {
  if (state.mode === 'record') {
    state.requests.push(new RecordedRequest(request, body.toString('utf8'), status))
  } else if (isSuccess(status)) {
    state.counted.events += occurrences(body)
  }
}

const DEFAULT_BODY = Buffer.from('{}')

function give(answer: SinkAnswer, request: IncomingMessage, response: ServerResponse): void {
  if (answer.silent) return
  if (answer.drop === 'after-read') {
    request.socket.resetAndDestroy()
  } else if (answer.raw !== undefined) {
    if (answer.keepOpen) request.socket.write(answer.raw)
    else request.socket.end(answer.raw)
  } else if (answer.drop === 'mid-answer') {
    response.writeHead(answer.status ?? 200, { ...answer.headers, 'Content-Length': 1_000_000 })
    response.write(answer.body ?? '{', () => request.socket.destroy())
  } else {
    const status = answer.status ?? 200
    if (status === 204 || status === 304) {
      response.writeHead(status, answer.headers).end()
      return
    }
    const body = answer.body ?? DEFAULT_BODY
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...answer.headers })
    response.end(body)
  }
}

class RecordedRequest implements SinkRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly status: number
  readonly at = Date.now()
  #events: readonly SinkEvent[] | undefined

  constructor(request: IncomingMessage, text: string, status: number) {
    this.method = request.method!
    this.url = request.url!
    this.headers = request.headers
    this.text = text
    this.status = status
  }

  get events(): readonly SinkEvent[] {
    return (this.#events ??= eventsOf(this.text))
  }
}

function eventsOf(text: string): readonly SinkEvent[] {
  if (text === '') return []
  const body = JSON.parse(text) as SinkEvent | SinkEvent[] | { batch: SinkEvent[] }
  if (Array.isArray(body)) return body
  return Array.isArray(body['batch']) ? body['batch'] as SinkEvent[] : [body as SinkEvent]
}

function groupById(requests: readonly SinkRequest[]): Map<string, SinkEvent[]> {
  const byId = new Map<string, SinkEvent[]>()
  for (const event of requests.flatMap((request) => request.events)) {
    const seen = byId.get(event.messageId)
    if (seen === undefined) byId.set(event.messageId, [event])
    else seen.push(event)
  }
  return byId
}

const NEEDLE = Buffer.from('"messageId":')

function occurrences(body: Buffer): number {
  let count = 0
  for (let at = body.indexOf(NEEDLE); at !== -1; at = body.indexOf(NEEDLE, at + NEEDLE.length)) count += 1
  return count
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
