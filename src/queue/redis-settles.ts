/** Settling: parts of settlements in one partition share script calls, and each is applied at most once however often it is sent. */
import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { EntryId, Settled, Settlement } from './queue.ts'
import { dedupArguments } from './redis-appends.ts'
import type { HeldEntry } from './redis-claims.ts'
import type { RedisDepth } from './redis-depth.ts'
import { Groups } from './redis-groups.ts'
import type { RedisLink } from './redis-link.ts'
import {
  buildCall, buildCheck, joinAnswers, settleArguments, SettlementParts, type SettlementAnswer, type SettlementCall,
} from './redis-settlement.ts'

const PLACES = 4_096
const LOST: Settled = { applied: false, jobs: [] }

interface SettlesOptions {
  link: RedisLink
  depth: RedisDepth
  clock: Clock
  limits: Limits
  partitions: number
  /** Names this process' life; Redis remembers its settlements under it. */
  consumer: string
  held: Map<EntryId, HeldEntry>
  withOwner: (end: number) => number
}

export class RedisSettles {
  readonly #options: SettlesOptions
  readonly #parts: SettlementParts
  readonly #groups: Groups<SettlementCall, SettlementAnswer>
  /** By partition: settlements whose answers came, which Redis need not remember any more. */
  readonly #confirmed = new Map<number, string[]>()
  #placed = 0

  constructor(options: SettlesOptions) {
    this.#options = options
    this.#parts = new SettlementParts(options.partitions)
    this.#groups = new Groups(options.limits, (partition, calls) => this.#send(partition, calls))
  }

  async settle(settlement: Settlement): Promise<Settled> {
    const { held, withOwner, clock } = this.#options
    const parts = this.#parts.of(settlement)
    if (parts.some(({ partition }) => partition >= this.#options.partitions)) return LOST
    if (parts.length > 1 && !(await this.#all(parts.map((part) => buildCheck(part, held))))) return LOST
    const now = Math.floor(clock.now())
    const answers = await this.#all(parts.map((part) => buildCall(part, { held, now, withOwner, place: this.#place })))
    if (!answers) return LOST
    for (const id of settlement.entryIds) held.delete(id)
    for (const { partition, token } of parts) this.#confirm(partition, token)
    return joinAnswers(parts, answers, { parked: settlement.parked, withOwner })
  }

  idle(): Promise<void> {
    return this.#groups.idle()
  }

  /** Undefined when one of them is not held any more. */
  async #all(calls: readonly SettlementCall[]): Promise<number[][] | undefined> {
    const answers = await Promise.all(calls.map((call) => this.#groups.add(call.partition, call, call)))
    return answers.includes(undefined) ? undefined : answers as number[][]
  }

  /** Rows of one time are listed in the order they were settled in; in 4096ths, which is exact for such numbers. */
  readonly #place = (at: number): number => at + (this.#placed++ % PLACES) / PLACES

  async #send(partition: number, calls: SettlementCall[]): Promise<SettlementAnswer[]> {
    const { link, depth, clock, limits, consumer } = this.#options
    const confirmed = this.#confirmed.get(partition) ?? []
    this.#confirmed.delete(partition)
    try {
      const dedup = dedupArguments(clock.now(), limits.dedupWindowMs)
      const [entries, bytes, changes, ...answers] = await link.run('settle', partition, settleArguments(calls, { dedup, consumer, confirmed, limits })) as
        [number, number, (string | number)[], ...string[]]
      depth.setLog(partition, entries, bytes)
      depth.changeParked(partition, changes)
      return answers.map((answer) => (JSON.parse(answer) as number[][])[0])
    } catch (thrown) {
      for (const token of confirmed) this.#confirm(partition, token)
      throw thrown
    }
  }

  #confirm(partition: number, token: string): void {
    const confirmed = this.#confirmed.get(partition)
    if (confirmed) confirmed.push(token)
    else this.#confirmed.set(partition, [token])
  }
}
