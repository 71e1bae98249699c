/**
 * One child process as the parent sees it. It starts, serves the lanes of one workspace, and ends by SIGKILL: what it holds at that
 * moment belongs to its owner, who hears `onExit` exactly once, after everything that the child still said.
 */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Log } from '../base/log.ts'
import type { RunnableInstance } from '../model/function.ts'
import type { Bundles } from './bundles.ts'
import { FrameReader, FrameWriter } from './framing.ts'
import type { ToChild, ToParent } from './protocol.ts'
import type { RunFrame } from './run-frame.ts'
import { spawnChild, type SpawnOptions } from './spawn-child.ts'

/** Why a child is no more. `crashed` is what nobody here wanted. */
export type ExitCause = 'crashed' | 'memory' | 'stalled' | 'recycled'

export interface ProcessOwner {
  onMessage(child: ProcessClient, message: ToParent, body: string): void
  onExit(child: ProcessClient, cause: ExitCause): void
}

/** Last words of a child that are kept for the log. */
const STDERR_CHARS_MAX = 2_000

export class ProcessClient {
  readonly #process: ChildProcess
  readonly #writer: FrameWriter
  readonly #log: Log
  #owner: ProcessOwner | undefined
  #cause: ExitCause = 'crashed'
  #lastWords = ''
  #exited = false
  /** Takes no new work; ends when its lanes are empty or its time is over. */
  drainUntilMs: number | undefined
  usedMs = 0
  readonly #ready = Promise.withResolvers<void>()
  readonly closed: Promise<void>

  constructor(options: Omit<SpawnOptions, 'libraries'> & { bundles: Bundles, log: Log }) {
    this.#log = options.log
    this.#process = spawnChild({ ...options, libraries: options.bundles.libraries })
    this.#process.stdin?.on('error', () => undefined)
    this.#process.stdin?.end(options.bundles.child)
    const channel = this.#process.stdio[3] as Socket
    this.#writer = new FrameWriter(channel)
    const reader = new FrameReader({
      frameBytesMax: options.limits.frameBytesMax * 8,
      onFrame: (head, body) => this.#receive(head, body),
      onBroken: (reason) => {
        this.#log.warn('a functions process broke the protocol', { pid: this.pid, reason })
        this.kill('crashed')
      },
    })
    channel.on('data', (chunk: Buffer) => reader.push(chunk))
    channel.on('error', () => this.kill(this.#cause))
    this.#process.stderr?.on('error', () => undefined)
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      if (this.#lastWords.length < STDERR_CHARS_MAX) this.#lastWords += chunk.toString('latin1', 0, STDERR_CHARS_MAX)
    })
    const closed = Promise.withResolvers<void>()
    this.closed = closed.promise
    // `close` and not `exit`: what the child wrote before its end has been read by then.
    this.#process.on('close', () => {
      this.#end()
      closed.resolve()
    })
    this.#process.on('error', (error) => {
      this.#lastWords += error.message
      // A program that could not be started has no `close`.
      if (this.#process.pid === undefined) {
        this.#end()
        closed.resolve()
      }
    })
    this.#send({ t: 'init', limits: options.limits, libraries: options.bundles.libraries }, options.bundles.guest)
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get isAlive(): boolean {
    return !this.#exited
  }

  get lastWords(): string {
    return this.#lastWords
  }

  /** Rejects when the child ends before it is ready, or is not ready in time. */
  async ready(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.kill('stalled'), withinMs)
    try {
      await this.#ready.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** From here on everything the child says is for `owner`. */
  adopt(owner: ProcessOwner): void {
    this.#owner = owner
    if (this.#exited) owner.onExit(this, this.#cause)
  }

  openLane(lane: number, instance: RunnableInstance): void {
    const { script } = instance.code
    this.#send({ t: 'open', lane, resourceType: instance.resourceType, scriptChars: script.length }, script + JSON.stringify(instance.settings))
  }

  closeLane(lane: number): void {
    this.#send({ t: 'close', lane })
  }

  run(lane: number, frame: RunFrame): void {
    this.#send({ t: 'run', lane, frame: frame.id, call: frame.call, count: frame.count, trace: frame.trace, live: frame.live }, frame.body)
  }

  answerFetch(answer: { lane: number, id: number }, head: string, body: string): void {
    this.#send({ t: 'fetched', ...answer, headChars: head.length }, head + body)
  }

  /** Nothing weaker is sure to end a process whose threads are pinned. */
  kill(cause: ExitCause): void {
    if (this.#exited || this.#process.killed) return
    this.#cause = cause
    if (this.#process.pid !== undefined) this.#process.kill('SIGKILL')
  }

  /** Undefined where the system does not tell. */
  residentMb(): number | undefined {
    try {
      const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'))?.[1]
      return kb === undefined ? undefined : Number(kb) / 1024
    } catch {
      return undefined
    }
  }

  #send(message: ToChild, body = ''): void {
    if (!this.#exited) this.#writer.write(message, body)
  }

  #receive(head: unknown, body: string): void {
    const message = head as ToParent
    if (message.t === 'ready') this.#ready.resolve()
    else this.#owner?.onMessage(this, message, body)
  }

  #end(): void {
    if (this.#exited) return
    this.#exited = true
    this.#ready.reject(new Error(`the functions process ended before it was ready: ${this.#lastWords.slice(0, 500) || 'it said nothing'}`))
    this.#ready.promise.catch(() => undefined)
    if (this.#cause === 'crashed' && this.#owner !== undefined) {
      this.#log.warn('a functions process ended unexpectedly', { pid: this.pid, signal: this.#process.signalCode, lastWords: this.#lastWords })
    }
    this.#owner?.onExit(this, this.#cause)
  }
}
