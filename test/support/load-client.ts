/**
 * A closed-loop load client on raw sockets: each connection sends, waits for the whole answer, sends the next. It keeps count of
 * what was answered and what was not, survives a server that dies under it, and takes little of the machine from the server it loads.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { AnswerReader } from './answer-reader.ts'
import type { Answer } from './answer-reader.ts'

export interface LoadRequest {
  bytes: Buffer
  /** For the caller; the client does not look at it. */
  tag?: unknown
}

export interface LoadOptions {
  /** http://host:port */
  url: string
  connections: number
  /** The next request for a connection (0, 1, 2 …), undefined when there is none left for it. Its bytes must not change before the answer. */
  next: (connection: number) => LoadRequest | undefined
  answered?: (request: LoadRequest, answer: Answer) => void
  /** Waits this long between an answer and the next request of the same connection. */
  pauseMs?: number
  /** Sends a request again when it got no answer or a 429 or 5xx, as Segment's clients do, until it is answered or `signal` aborts. */
  patient?: boolean
  signal?: AbortSignal
  /** Read the answers' bodies. */
  keepBodies?: boolean
}

export interface LoadFigures {
  answers: number
  /** By status. */
  statuses: Map<number, number>
  /** Requests that got no answer: the connection ended first. */
  lost: number
  seconds: number
  /** One per answer, sorted. */
  latenciesMs: number[]
}

const AGAIN_MS = 50

export function postRequest(options: { url: string, path: string, headers: Record<string, string>, body: string, tag?: unknown }): LoadRequest {
  const { host } = new URL(options.url)
  const body = Buffer.from(options.body)
  const headers = { 'Content-Type': 'application/json', ...options.headers, 'Content-Length': String(body.length) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = Buffer.from(`POST ${options.path} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`)
  return { bytes: Buffer.concat([head, body]), tag: options.tag }
}

export function writeKeyHeader(writeKey: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}` }
}

export async function runLoad(options: LoadOptions): Promise<LoadFigures> {
  const figures: LoadFigures = { answers: 0, statuses: new Map(), lost: 0, seconds: 0, latenciesMs: [] }
  const startedAt = performance.now()
  const runOne = options.patient || options.pauseMs !== undefined ? runPatiently : runFast
  await Promise.all(Array.from({ length: options.connections }, (_, connection) => runOne(options, figures, connection)))
  figures.seconds = (performance.now() - startedAt) / 1000
  figures.latenciesMs.sort((one, other) => one - other)
  return figures
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function count(options: LoadOptions, figures: LoadFigures, ended: { request: LoadRequest, answer: Answer, sentAt: number }): void {
  figures.answers++
  figures.latenciesMs.push(performance.now() - ended.sentAt)
  figures.statuses.set(ended.answer.status, (figures.statuses.get(ended.answer.status) ?? 0) + 1)
  options.answered?.(ended.request, ended.answer)
}

/** No promise per request: the next one is written from within the event that brought the last answer. */
function runFast(options: LoadOptions, figures: LoadFigures, index: number): Promise<void> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(options.url)
    const socket = connect(Number(port), hostname).setNoDelay(true)
    const reader = new AnswerReader({ keepBody: options.keepBodies ?? false })
    let request: LoadRequest | undefined
    let sentAt = 0
    const sendNext = (): void => {
      request = options.signal?.aborted ? undefined : options.next(index)
      if (request === undefined) return void socket.destroy()
      sentAt = performance.now()
      socket.write(request.bytes)
    }
    socket.on('connect', sendNext)
    socket.on('data', (chunk: Buffer) => {
      const answer = reader.push(chunk)
      if (answer === undefined || request === undefined) return
      count(options, figures, { request, answer, sentAt })
      sendNext()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (request !== undefined) figures.lost++
      resolve()
    })
  })
}

async function runPatiently(options: LoadOptions, figures: LoadFigures, index: number): Promise<void> {
  const connection = new Connection(options)
  for (;;) {
    const request = options.signal?.aborted ? undefined : options.next(index)
    if (request === undefined) break
    await sendUntilAnswered(connection, request, { options, figures })
    if (options.pauseMs !== undefined) await pause(options.pauseMs)
  }
  connection.close()
}

async function sendUntilAnswered(connection: Connection, request: LoadRequest, on: { options: LoadOptions, figures: LoadFigures }): Promise<void> {
  const { options, figures } = on
  for (;;) {
    const sentAt = performance.now()
    const answer = await connection.send(request.bytes)
    if (answer === undefined) figures.lost++
    else count(options, figures, { request, answer, sentAt })
    const again = answer === undefined || answer.status === 429 || answer.status >= 500
    if (!again || !options.patient || options.signal?.aborted) return
    await pause(AGAIN_MS)
  }
}

class Connection {
  readonly #options: LoadOptions
  #socket: Socket | undefined

  constructor(options: LoadOptions) {
    this.#options = options
  }

  /** The answer; undefined when the connection could not be made or ended first. */
  send(bytes: Buffer): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const { hostname, port } = new URL(this.#options.url)
      const socket = this.#socket ??= connect(Number(port), hostname).setNoDelay(true)
      const reader = new AnswerReader({ keepBody: this.#options.keepBodies ?? false })
      const settle = (answer: Answer | undefined): void => {
        socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error')
        // An idle connection that the server closes must not throw.
        socket.on('error', () => this.close()).on('close', () => this.close())
        if (answer === undefined || answer.closes) this.close()
        resolve(answer)
      }
      socket.removeAllListeners('close').removeAllListeners('error')
      socket.on('data', (chunk: Buffer) => {
        const answer = reader.push(chunk)
        if (answer !== undefined) settle(answer)
      })
      socket.on('error', () => settle(undefined))
      socket.on('close', () => settle(undefined))
      socket.write(bytes)
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }
}
