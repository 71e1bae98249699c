/**
 * Offers a unit's events to all connections at once and settles the unit when all are done or patience is over.
 * A delivery that outlives its unit is parked as claimed and settles that job by itself; so a slow destination holds up nobody,
 * and at no moment is an event's fate known only in memory.
 */
import { asError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Verdict } from '../deliver/retry-policy.ts'
import type { Connection } from '../model/snapshot.ts'
import { attemptConnection } from './connection-attempt.ts'
import { arrive, seatEvents, type Seating } from './gather.ts'
import { parkAll } from './park-all.ts'
import { settle } from './settle.ts'
import { SettlementDraft, type Owner } from './settlement-draft.ts'
import type { Item, Unit } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

interface LateDelivery {
  owner: Owner
  connection: Connection
  items: readonly Item[]
  verdicts: Promise<Verdict[]>
}

/** A reason of our own: without one each abort makes an exception with a stack, once per unit. */
const OVER = Symbol('over')

export async function deliverUnit(unit: Unit, items: readonly Item[], connections: readonly Connection[], given: { draft: SettlementDraft, deps: WorkDeps }): Promise<void> {
  const { draft, deps } = given
  const late: LateDelivery[] = []
  const seatings: Seating[] = []
  if (items.length > 0) {
    const patience = new AbortController()
    const patienceOver = deps.clock.sleep(limits.deliveryPatienceMs, patience.signal)
    await Promise.all(connections.map(async (connection) => {
      if (connection.gather && items.every((item) => item.state.strikes === 0)) {
        seatings.push(...seatEvents(connection, items, { draft, deps }))
        return
      }
      const owner: Owner = { queue: connection.destinationId, sourceId: unit.sourceId, kind: 'events' }
      const place = await deps.lanes.of(connection.destinationId).enter(deps.clock.now, patienceOver)
      if (place.refusal) return parkAll(owner, items, { refusal: place.refusal, connection }, { draft, deps })
      const verdicts = attemptConnection(connection, items, place, deps)
      const done = await Promise.race([verdicts, patienceOver])
      if (done) addAll(owner, items, done, { draft, deps })
      else late.push({ owner, connection, items, verdicts })
    }))
    patience.abort(OVER)
  }
  const leasedUntil = deps.clock.now() + limits.leaseMs
  for (const delivery of late) parkLeased(delivery, leasedUntil, { draft, deps })
  const settlement = draft.build()
  const settled = await settle(settlement, deps)
  arrive(seatings, settlement, settled)
  if (!settled.applied) return
  for (const delivery of late) {
    // A delivery's leased jobs are those of its own queue; failures of others were parked without a lease.
    const jobs = settled.jobs.filter((_, index) => settlement.parked[index]!.queue === delivery.owner.queue && settlement.parked[index]!.leasedUntil !== undefined)
    deps.late.run(() => finishLate(delivery, jobs, deps))
  }
}

function addAll(owner: Owner, items: readonly Item[], verdicts: readonly Verdict[], { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): void {
  const now = deps.clock.now()
  items.forEach((item, index) => draft.add(owner, item.event, { verdict: verdicts[index]!, now }))
}

function parkLeased({ owner, items }: LateDelivery, leasedUntil: number, { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): void {
  const now = deps.clock.now()
  for (const { event, state } of items) {
    draft.park(owner, event, { state, dueAt: now, code: 'destination_saturated', leasedUntil })
  }
}

async function finishLate({ owner, connection, items, verdicts }: LateDelivery, jobs: { id: number, lease: number }[], deps: WorkDeps): Promise<void> {
  const done = deps.lanes.of(connection.destinationId).markLate()
  try {
    const draft = new SettlementDraft({ entryIds: [], jobs })
    addAll(owner, items, await verdicts, { draft, deps })
    await settle(draft.build(), deps)
  } catch (thrown) {
    deps.log.error('a slow delivery was abandoned; its events come back when their lease is over', { error: asError(thrown), destinationId: connection.destinationId })
  } finally {
    done()
  }
}
