/** Units of work: claimed entries or jobs that are processed and settled together. */
import { limits } from '../base/limits.ts'
import { FRESH, type RetryState } from '../deliver/retry-policy.ts'
import type { EventCarrier } from '../model/event.ts'
import type { Entry, Job } from '../queue/queue.ts'
import type { Claim } from './settlement-draft.ts'

export interface Item {
  event: EventCarrier
  state: RetryState
}

export interface Unit {
  sourceId: string
  kind: Job['kind']
  /** When its first event was received; milliseconds since 1970. */
  receivedAt: number
  claim: Claim
  items: Item[]
}

/** Neighbouring entries of one source share a unit up to `workEventsMax` events; an entry is never split. */
export function unitsOfEntries(entries: readonly Entry[]): Unit[] {
  const units: Unit[] = []
  const open = new Map<string, Unit>()
  for (const entry of entries) {
    const key = `${entry.kind} ${entry.sourceId}`
    let unit = open.get(key)
    if (!unit || unit.items.length + entry.events.length > limits.workEventsMax) {
      unit = { sourceId: entry.sourceId, kind: entry.kind, receivedAt: entry.receivedAt, claim: { entryIds: [], jobs: [] }, items: [] }
      units.push(unit)
      open.set(key, unit)
    }
    unit.claim.entryIds.push(entry.id)
    for (const event of entry.events) unit.items.push({ event, state: FRESH })
  }
  return units
}

/** Jobs of one queue likewise, up to a larger number where a function wants that many; a suspect (it brought an isolate down) is alone in its unit. */
export function unitsOfJobs(jobs: readonly Job[], countMax = 0): Unit[] {
  const eventsMax = Math.max(limits.workEventsMax, countMax)
  const units: Unit[] = []
  let open: Unit | undefined
  for (const job of jobs) {
    const alone = job.strikes > 0
    if (!open || alone || open.sourceId !== job.sourceId || open.kind !== job.kind || open.items.length + job.events.length > eventsMax) {
      open = { sourceId: job.sourceId, kind: job.kind, receivedAt: job.firstAt || job.dueAt, claim: { entryIds: [], jobs: [] }, items: [] }
      units.push(open)
    }
    open.claim.jobs.push({ id: job.id, lease: job.lease })
    const state = { attempt: job.attempt, firstAt: job.firstAt, strikes: job.strikes }
    for (const event of job.events) open.items.push({ event, state })
    if (alone) open = undefined
  }
  return units
}
