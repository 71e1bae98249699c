/** Gathers what became of a unit's events until it is all known, then is one `Settlement`. */
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { RetryState, Verdict } from '../deliver/retry-policy.ts'
import type { EventCarrier } from '../model/event.ts'
import type { OutcomeDetail } from '../model/outcome.ts'
import type { NewEntry, NewJob, Settlement } from '../queue/queue.ts'

export type Claim = Pick<Settlement, 'entryIds' | 'jobs'>

/** Which queue and records an event's end belongs to. */
export interface Owner {
  /** A destination's id, or `source:<id>`. */
  queue: string
  sourceId: string
  kind: NewJob['kind']
}

export interface Waiting {
  state: RetryState
  dueAt: number
  code: ErrorCode
  message?: string
  detail?: OutcomeDetail
  leasedUntil?: number
  /** Events of different groups never share a job. */
  group?: object
}

export class SettlementDraft {
  readonly #claim: Claim
  readonly #delivered = new Map<string, Settlement['delivered'][number]>()
  readonly #records: Settlement['records'] = []
  readonly #parked = new Map<string, { job: NewJob, details: (OutcomeDetail | undefined)[] }>()
  readonly #derived: NewEntry[] = []
  readonly #groups = new Map<object, number>()

  constructor(claim: Claim) {
    this.#claim = claim
  }

  add(owner: Owner, event: EventCarrier, { verdict, now }: { verdict: Verdict, now: number }): void {
    if (verdict.kind === 'again') return this.park(owner, event, { state: verdict.state, dueAt: verdict.dueAt, ...verdict.outcome })
    const { outcome, attempts } = verdict
    if (outcome.kind === 'delivered') return this.#deliver(owner, event, { attempts, now })
    this.#records.push({
      sourceId: owner.sourceId,
      destinationId: owner.queue,
      kind: owner.kind,
      event,
      outcome: outcome.kind,
      code: outcome.code,
      ...(outcome.message !== undefined && { message: outcome.message }),
      ...(outcome.detail && { detail: outcome.detail }),
      attempts,
      at: now,
    })
  }

  /** Events that wait for the same reason and time share a job, but for suspects: each of those runs alone. */
  park(owner: Owner, event: EventCarrier, waiting: Waiting): void {
    const { state, dueAt, code, message, detail, leasedUntil, group } = waiting
    const key = state.strikes > 0 ? `suspect ${this.#parked.size}` : `${this.#groupNumber(group)} ${owner.queue} ${owner.kind} ${state.attempt} ${state.firstAt} ${dueAt} ${code} ${message ?? ''}`
    let parked = this.#parked.get(key)
    if (!parked) {
      const { queue, sourceId, kind } = owner
      const job: NewJob = { queue, sourceId, kind, events: [], ...state, dueAt, code, ...(message !== undefined && { message }), ...(leasedUntil !== undefined && { leasedUntil }) }
      this.#parked.set(key, (parked = { job, details: [] }))
    }
    parked.job.events.push(event)
    parked.details.push(detail)
  }

  #groupNumber(group: object | undefined): number {
    if (group === undefined) return 0
    const known = this.#groups.get(group) ?? this.#groups.size + 1
    this.#groups.set(group, known)
    return known
  }

  derive(entry: NewEntry): void {
    this.#derived.push(entry)
  }

  build(): Settlement {
    return {
      ...this.#claim,
      delivered: [...this.#delivered.values()],
      records: this.#records,
      parked: [...this.#parked.values()].map(({ job, details }) => ({ ...job, ...jobDetail(job.events, details) })),
      derived: this.#derived,
    }
  }

  #deliver(owner: Owner, event: EventCarrier, { attempts, now }: { attempts: number, now: number }): void {
    const key = `${owner.queue} ${attempts}`
    const batch = this.#delivered.get(key)
    if (batch) return void batch.messageIds.push(event.messageId)
    this.#delivered.set(key, { sourceId: owner.sourceId, destinationId: owner.queue, messageIds: [event.messageId], attempts, at: now })
  }
}

/** Events that share a job mostly fail alike, yet each may have logged and asked something else. */
function jobDetail(events: readonly EventCarrier[], details: readonly (OutcomeDetail | undefined)[]): { detail?: OutcomeDetail } {
  const [first] = details
  if (details.every((detail) => detail === first)) return first ? { detail: first } : {}
  const texts = details.map((detail) => JSON.stringify(detail ?? {}))
  if (first && texts.every((text) => text === texts[0])) return { detail: first }
  const own: [string, OutcomeDetail][] = []
  let room: number = limits.parkedDetailBytesMax
  details.forEach((detail, index) => {
    room -= texts[index]!.length
    if (room >= 0) own.push([events[index]!.messageId, detail ?? {}])
  })
  return { detail: { ...(first?.error && { error: first.error }), ofEvents: Object.fromEntries(own) } }
}
