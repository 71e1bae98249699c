/**
 * Who is alive. Each process has a number, which is the fraction of all its leases, and says every few seconds that it lives. One that has
 * been silent too long is given up for dead: its claims are free at once instead of after their lease. Should it only have been asleep, its
 * settlements are refused where somebody else has taken over, as with any lease that ran out.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { asError } from '../base/errors.ts'
import type { Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type { RedisLink } from './redis-link.ts'

const CLAIMS_PER_STEP = 500
const HOME = 0

interface PresenceOptions {
  link: RedisLink
  clock: Clock
  log: Log
  limits: Limits
  partitions: number
  /** Outlives the process: its next bearer takes over at once what the last one had claimed. */
  name: string
}

export class RedisPresence {
  readonly #options: PresenceOptions
  readonly #life = randomUUID()
  #number = 0
  #timer: NodeJS.Timeout | undefined
  /** Since when every sign of life got through in time: who was cut off itself must not judge others. */
  #steadySince = 0
  #lastBeat = 0
  #beating = false

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  get number(): number {
    return this.#number
  }

  async join(): Promise<void> {
    await this.#enter(this.#options.name)
    this.#timer = setInterval(() => void this.#beat(), this.#options.limits.redisBeatMs)
  }

  /** Gives back what this process had claimed. */
  async leave(): Promise<void> {
    clearInterval(this.#timer)
    await this.#bury(this.#number)
  }

  async #enter(name: string): Promise<void> {
    const [number, before] = await this.#options.link.run('presence', HOME, ['join', this.#life, name]) as [number, number]
    this.#number = number
    this.#steadySince = this.#lastBeat = this.#options.clock.monotonicMs()
    if (before >= 0) await this.#bury(before)
  }

  async #beat(): Promise<void> {
    if (this.#beating) return
    this.#beating = true
    const { link, clock, log, limits } = this.#options
    try {
      const now = clock.monotonicMs()
      if (now - this.#lastBeat > 2 * limits.redisBeatMs) this.#steadySince = now
      const judges = now - this.#steadySince >= limits.redisDeadMs
      const [alive, ...dead] = await link.run('presence', HOME, ['beat', this.#life, this.#number, judges ? limits.redisDeadMs : 0]) as number[]
      this.#lastBeat = clock.monotonicMs()
      for (const number of dead) await this.#takeOver(number)
      if (alive === 0) {
        log.warn('this process was silent for so long that others took over what it had claimed')
        // Without the name: whoever bears it now keeps what it has.
        await this.#enter('')
      }
    } catch (thrown) {
      log.debug('a sign of life did not get through', { error: asError(thrown) })
    } finally {
      this.#beating = false
    }
  }

  async #takeOver(number: number): Promise<void> {
    if (number === this.#number) return
    this.#options.log.warn('a process died; others take over what it had claimed', { process: number })
    await this.#bury(number)
  }

  /** Its number may be given out again only when nothing bears it any more. */
  async #bury(number: number): Promise<void> {
    const { link, partitions } = this.#options
    await Promise.all(Array.from({ length: partitions }, async (_, partition) => {
      for (let rank = 0; rank >= 0;) {
        rank = Number(await link.run('release', partition, [number, CLAIMS_PER_STEP, rank]))
      }
    }))
    await link.run('presence', HOME, ['leave', '', number])
  }
}
