/** Gathers what became of a unit's events until it is all known, then is one `Settlement`. */
import type { ErrorCode } from '../base/errors.ts'
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
}

export class SettlementDraft {
  readonly #claim: Claim
  readonly #delivered = new Map<string, Settlement['delivered'][number]>()
  readonly #records: Settlement['records'] = []
  readonly #parked = new Map<string, NewJob>()
  readonly #derived: NewEntry[] = []

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
    const { state, dueAt, code, message, detail, leasedUntil } = waiting
    const key = state.strikes > 0 ? `suspect ${this.#parked.size}` : `${owner.queue} ${state.attempt} ${state.firstAt} ${dueAt} ${code} ${message ?? ''}`
    const job = this.#parked.get(key)
    if (job) return void job.events.push(event)
    this.#parked.set(key, {
      queue: owner.queue,
      sourceId: owner.sourceId,
      kind: owner.kind,
      events: [event],
      ...state,
      dueAt,
      code,
      ...(message !== undefined && { message }),
      ...(detail && { detail }),
      ...(leasedUntil !== undefined && { leasedUntil }),
    })
  }

  derive(entry: NewEntry): void {
    this.#derived.push(entry)
  }

  build(): Settlement {
    return {
      ...this.#claim,
      delivered: [...this.#delivered.values()],
      records: this.#records,
      parked: [...this.#parked.values()],
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
