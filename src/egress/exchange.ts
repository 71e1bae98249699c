/**
 * One request and its answer on undici's dispatcher, without the streams of its higher layers: an answer is small and wanted
 * whole, so its chunks are collected as they come off the parser.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { flatHeaders } from './outgoing-headers.ts'
import type { Hop } from './redirect.ts'

export interface Answer {
  status: number
  statusText: string
  headers: IncomingHttpHeaders
  /** As it came over the wire, possibly encoded. */
  body: Uint8Array
}

/** How an exchange ends when there is no answer: the caller's deadline, the caller's cap, or whatever went wrong below. */
export type Failure = { failed: 'deadline' } | { failed: 'too-large' } | { failed: 'error', error: unknown }

export interface ExchangeOptions {
  /** A longer body is a failure, or is cut here when `bodyIsExtra(status)`. */
  bytesMax: number
  /** How much of a body that is cut is still read, to keep the connection usable. */
  drainBytesMax: number
  /** Whether an answer of this status counts even if its body is too long, cut off or late. */
  bodyIsExtra: (status: number) => boolean
}

export interface Exchange {
  result: Promise<Answer | Failure>
  /** Ends the exchange now; the connection is closed. */
  expire(): void
}

export function startExchange(dispatcher: Dispatcher, hop: Hop, options: ExchangeOptions): Exchange {
  const collector = new AnswerCollector(options)
  try {
    dispatcher.dispatch({
      origin: hop.url.origin,
      path: hop.url.pathname + hop.url.search,
      method: hop.method as Dispatcher.HttpMethod,
      headers: flatHeaders(hop.headers),
      body: hop.body,
    }, collector)
  } catch (error) {
    collector.fail({ failed: 'error', error })
  }
  return { result: collector.result, expire: () => collector.expire() }
}

const ENDED = new Error('the exchange has ended')

class AnswerCollector implements Dispatcher.DispatchHandler {
  readonly result: Promise<Answer | Failure>
  readonly #options: ExchangeOptions
  #settle!: (end: Answer | Failure) => void
  #settled = false
  #controller: Dispatcher.DispatchController | undefined
  #head: Omit<Answer, 'body'> | undefined
  #extra = false
  #chunks: Buffer[] = []
  #seen = 0

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.result = new Promise((resolve) => { this.#settle = resolve })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The deadline may pass while the request still waits for a connection.
    if (this.#settled) return controller.abort(ENDED)
    this.#controller = controller
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders, statusText = ''): void {
    if (status < 200 || this.#settled) return
    this.#head = { status, statusText, headers }
    this.#extra = this.#options.bodyIsExtra(status)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return
    const room = this.#options.bytesMax - this.#seen
    this.#seen += chunk.length
    if (chunk.length <= room) {
      this.#chunks.push(chunk)
    } else if (!this.#extra) {
      this.#abort({ failed: 'too-large' })
    } else {
      if (room > 0) this.#chunks.push(chunk.subarray(0, room))
      if (this.#seen > this.#options.drainBytesMax) this.#abort({ failed: 'too-large' })
    }
  }

  onResponseEnd(): void {
    this.#finish(this.#answer())
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail({ failed: 'error', error })
  }

  expire(): void {
    this.#abort({ failed: 'deadline' })
  }

  /** A failure of the body alone leaves the answer standing where only the status counts. */
  fail(failure: Failure): void {
    this.#finish(this.#head !== undefined && this.#extra ? this.#answer() : failure)
  }

  #abort(failure: Failure): void {
    this.fail(failure)
    this.#controller?.abort(ENDED)
  }

  #answer(): Answer {
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    return { ...this.#head!, body }
  }

  #finish(end: Answer | Failure): void {
    if (this.#settled) return
    this.#settled = true
    this.#chunks = []
    this.#settle(end)
  }
}
