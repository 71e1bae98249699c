/** Runs the writer thread: starts it, starts it again when it falls over, and matches its answers to the questions. */
import { Worker } from 'node:worker_threads'
import { SluiceError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { DepthChange, FromWriter, Group, QuestionName, Questions, WriterOptions } from './protocol.ts'

const RESTART_MS = 100
const RESTART_MS_MAX = 5_000

export interface WriterEvents {
  /** The writer has the file open; also after each restart. */
  ready(depth: DepthChange, lastEntryId: number): void
  group(message: Extract<FromWriter, { kind: 'group' }>): void
  depth(change: DepthChange): void
  /** Nothing that was sent and not answered will be answered. */
  down(error: SluiceError): void
}

export interface WriterClientOptions {
  writer: Omit<WriterOptions, 'now' | 'start'>
  now: () => number
  log: Log
  events: WriterEvents
}

interface Question {
  resolve(answer: Questions[QuestionName]['answer']): void
  reject(error: SluiceError): void
}

export class WriterClient {
  readonly #options: WriterClientOptions
  readonly #questions = new Map<number, Question>()
  #worker: Worker | undefined
  #up = false
  #starts = 0
  #failures = 0
  #seq = 0
  #closing = false
  #restart: NodeJS.Timeout | undefined

  constructor(options: WriterClientOptions) {
    this.#options = options
  }

  get up(): boolean {
    return this.#up
  }

  /** Resolves when the file is open. @throws SluiceError queue_unavailable when it cannot be used */
  async start(): Promise<void> {
    const { writer, now } = this.#options
    const workerData: WriterOptions = { ...writer, now: now(), start: this.#starts++ }
    const worker = new Worker(new URL('../sqlite-writer.ts', import.meta.url), { workerData, name: 'queue-writer' })
    this.#worker = worker
    return new Promise((resolve, reject) => {
      const refuse = (error: SluiceError): void => {
        this.#fall(worker, error)
        reject(error)
      }
      worker.on('message', (message: FromWriter) => {
        if (message.kind === 'refused') return refuse(new SluiceError(message.error.code, { message: message.error.message }))
        if (message.kind === 'ready') resolve()
        this.#receive(message)
      })
      worker.on('error', (cause) => refuse(new SluiceError('queue_unavailable', { message: 'The thread that writes the queue failed.', cause })))
      worker.on('exit', () => refuse(new SluiceError('queue_unavailable', { message: 'The thread that writes the queue ended.' })))
    })
  }

  post(group: Group): void {
    this.#worker?.postMessage(group, group.chunks)
  }

  ask<Name extends QuestionName>(name: Name, ask: Questions[Name]['ask']): Promise<Questions[Name]['answer']> {
    if (!this.#up) return Promise.reject(new SluiceError('queue_unavailable'))
    const seq = ++this.#seq
    return new Promise<Questions[Name]['answer']>((resolve, reject) => {
      this.#questions.set(seq, { resolve: resolve as Question['resolve'], reject })
      this.#worker?.postMessage({ kind: 'ask', seq, name, ask })
    })
  }

  /** Waits until the writer has answered everything and closed the file. */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#restart)
    const worker = this.#worker
    if (!worker) return
    if (this.#up) await this.ask('close', {}).catch((error: unknown) => this.#options.log.error('closing the queue failed', { error }))
    this.#up = false
    await worker.terminate()
  }

  #receive(message: Exclude<FromWriter, { kind: 'refused' }>): void {
    if (message.kind === 'ready') {
      this.#up = true
      return this.#options.events.ready(message.depth, message.lastEntryId)
    }
    if (message.kind === 'group') {
      this.#failures = 0
      return this.#options.events.group(message)
    }
    const question = this.#questions.get(message.seq)
    this.#questions.delete(message.seq)
    if (message.kind === 'failure') return question?.reject(new SluiceError(message.error.code, { message: message.error.message }))
    this.#options.events.depth(message.depth)
    question?.resolve(message.answer)
  }

  #fall(worker: Worker, error: SluiceError): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const wasUp = this.#up
    this.#up = false
    void worker.terminate()
    for (const question of this.#questions.values()) question.reject(error)
    this.#questions.clear()
    this.#options.events.down(error)
    // The first start is the caller's to judge.
    if (this.#closing || (this.#starts === 1 && !wasUp)) return
    const delayMs = Math.min(RESTART_MS * 2 ** this.#failures++, RESTART_MS_MAX)
    this.#options.log.error('the thread that writes the queue is down and will be started again', { error, cause: error.cause, delayMs })
    this.#restart = setTimeout(() => void this.start().catch(() => {}), delayMs)
  }
}
