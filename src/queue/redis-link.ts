/**
 * All calls to Redis go through here: each ends within `redisCallMs`, with an answer or as `queue_unavailable` or `queue_full`.
 * A partition whose Redis did not answer in time is *stalled*: calls to it fail at once, but for probes, until Redis answers anything.
 * So a Redis that hangs costs its callers one wait, not one each, and what was sent and not answered stays bounded.
 */
import { asError, SluiceError } from '../base/errors.ts'
import type { Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type { RedisClient } from './redis-client.ts'
import { partitionKey } from './redis-partition.ts'
import { commandName, type ScriptName } from './redis-scripts.ts'

type Script = (key: string, ...args: (string | number)[]) => Promise<unknown>

const LATE = Symbol('late')

export class RedisLink {
  readonly client: RedisClient
  readonly #limits: Limits
  readonly #log: Log
  readonly #stalled = new Set<number>()
  #troubled = false
  #closed = false

  constructor(client: RedisClient, { limits, log }: { limits: Limits, log: Log }) {
    this.client = client
    this.#limits = limits
    this.#log = log
    client.on('error', (error: Error) => this.#report(error))
    client.on('ready', () => this.#stalled.clear())
  }

  /** Whether calls reach Redis at the moment, as far as known. */
  get troubled(): boolean {
    return this.#troubled
  }

  /** Runs a script on a partition. @throws SluiceError queue_unavailable, queue_full (out of memory) */
  async run(script: ScriptName, partition: number, args: (string | number)[]): Promise<unknown[]> {
    this.ensure(partition)
    return this.#send(script, partition, args)
  }

  /** Asks for the depth of a partition, stalled or not; an answer ends a stall. */
  async probe(partition: number): Promise<unknown[]> {
    return this.#send('depth', partition, [])
  }

  /** @throws SluiceError queue_unavailable when a call is known to fail */
  ensure(partition: number): void {
    if (this.#closed) throw new SluiceError('queue_unavailable', { message: 'The queue is closed.' })
    if (this.#stalled.has(partition)) throw new SluiceError('queue_unavailable', { message: 'Redis does not answer.' })
  }

  /** A plain command, bounded likewise. */
  async call<T>(send: (client: RedisClient) => Promise<T>, partition?: number): Promise<T> {
    return this.#bounded(send(this.client), partition)
  }

  close(): void {
    this.#closed = true
    this.client.disconnect()
  }

  async #send(script: ScriptName, partition: number, args: (string | number)[]): Promise<unknown[]> {
    const command = (this.client as unknown as Record<string, Script>)[commandName(script)]!
    const sent = command.call(this.client, partitionKey(partition), ...args)
    const answer = await this.#bounded(sent, partition)
    this.#stalled.delete(partition)
    if (this.#troubled) this.#recovered()
    return answer as unknown[]
  }

  async #bounded<T>(sent: Promise<T>, partition?: number): Promise<T> {
    let timer!: NodeJS.Timeout
    const late = new Promise<typeof LATE>((resolve) => { timer = setTimeout(resolve, this.#limits.redisCallMs, LATE) })
    try {
      const answer = await Promise.race([sent, late])
      if (answer !== LATE) return answer
    } catch (thrown) {
      throw this.refused(thrown)
    } finally {
      clearTimeout(timer)
    }
    if (partition !== undefined) {
      this.#stalled.add(partition)
      // Refused is an answer too; only a lost connection is none, and then the next one says that it is ready.
      sent.then(() => this.#stalled.delete(partition), (error: Error) => { if (isReply(error)) this.#stalled.delete(partition) })
    } else sent.catch(() => {})
    const error = new SluiceError('queue_unavailable', { message: `Redis did not answer within ${this.#limits.redisCallMs} ms.` })
    this.#report(error)
    throw error
  }

  /** What Redis refused, in our words. */
  refused(thrown: unknown): SluiceError {
    const error = asError(thrown)
    this.#report(error)
    if (error.message.startsWith('OOM')) {
      return new SluiceError('queue_full', { message: 'Redis has reached its maxmemory; give it more, or wait until deliveries have freed some.', cause: error })
    }
    return new SluiceError('queue_unavailable', { message: `Redis cannot be used: ${error.message}`, cause: error })
  }

  /** Once per trouble: a thousand refused appends are one line. */
  #report(error: Error): void {
    if (this.#troubled || this.#closed) return
    this.#troubled = true
    this.#log.error('Redis cannot be used; nothing is accepted until it can', { error })
  }

  #recovered(): void {
    this.#troubled = false
    this.#log.info('Redis can be used again')
  }
}

function isReply(error: Error): boolean {
  return error.name === 'ReplyError'
}
