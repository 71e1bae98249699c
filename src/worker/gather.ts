/**
 * Batches that are being filled, for destinations whose function is to get many events at a time and may wait for them.
 * What waits is parked under a lease before it is gathered, so a crash only costs the wait: the jobs are due then, and are delivered.
 */
import { asError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Connection } from '../model/snapshot.ts'
import type { Settled, Settlement } from '../queue/queue.ts'
import { processDestinationUnit } from './destination-unit.ts'
import { settle } from './settle.ts'
import { Batch } from './batch.ts'
import { SettlementDraft, type Owner } from './settlement-draft.ts'
import type { Item } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

/** Some of a unit's events with their seats in a batch. */
export interface Seating {
  batch: Batch
  items: readonly Item[]
}

/** Gives the events seats and drafts them as parked; `arrive` must follow once the draft is settled. */
export function seatEvents(connection: Connection, items: readonly Item[], { draft, deps }: { draft: SettlementDraft, deps: WorkDeps }): Seating[] {
  const { destinationId: queue, sourceId, gather } = connection
  const now = deps.clock.now()
  const dueAt = now + gather!.waitMs
  const seatings: Seating[] = []
  for (let from = 0; from < items.length;) {
    const batch = openBatch(connection, deps)
    const seated = items.slice(from, from + batch.take(items.length - from))
    if (batch.closed.aborted) deps.batches.delete(queue)
    for (const { event, state } of seated) {
      draft.park({ queue, sourceId, kind: 'events' }, event, {
        state, dueAt, code: 'batch_waiting', leasedUntil: now + limits.leaseMs, group: batch,
      })
    }
    seatings.push({ batch, items: seated })
    from += seated.length
  }
  return seatings
}

function openBatch(connection: Connection, deps: WorkDeps): Batch {
  const { destinationId } = connection
  const { countMax, waitMs } = connection.gather!
  const present = deps.batches.get(destinationId)
  if (present) return present
  const batch = new Batch(connection, countMax)
  deps.batches.set(destinationId, batch)
  deps.late.run(async () => {
    // A stop waits for nothing: what has gathered is delivered at once.
    await deps.clock.sleep(waitMs, AbortSignal.any([batch.closed, deps.stopping]))
    if (deps.batches.get(destinationId) === batch) deps.batches.delete(destinationId)
    batch.close()
    await batch.complete()
    await deliver(batch, deps)
  })
  return batch
}

/** What was parked for the seatings, after their settlement. */
export function arrive(seatings: readonly Seating[], settlement: Settlement, settled: Settled): void {
  for (const { batch, items } of seatings) {
    if (!settled.applied) {
      batch.leave(items.length)
      continue
    }
    const events = new Set(items.map((item) => item.event))
    const jobs = settled.jobs.filter((_, index) => {
      const parked = settlement.parked[index]!
      return parked.queue === batch.destinationId && parked.leasedUntil !== undefined && events.has(parked.events[0]!)
    })
    batch.arrive(items, jobs)
  }
}

async function deliver({ sourceId, destinationId, items, jobs }: Batch, deps: WorkDeps): Promise<void> {
  if (items.length === 0) return
  try {
    if (deps.snapshot().pausedDestinationIds.has(destinationId)) return await giveBack({ queue: destinationId, sourceId, kind: 'events' }, items, { jobs, deps })
    await processDestinationUnit({ sourceId, kind: 'events', receivedAt: deps.clock.now(), claim: { entryIds: [], jobs }, items }, destinationId, deps)
  } catch (thrown) {
    deps.log.error('a batch was abandoned; its events come back when their lease is over', { error: asError(thrown), destinationId })
  }
}

/** The destination was disabled while its batch filled: its events wait with what else is parked for it. */
async function giveBack(owner: Owner, items: readonly Item[], { jobs, deps }: { jobs: Batch['jobs'], deps: WorkDeps }): Promise<void> {
  const draft = new SettlementDraft({ entryIds: [], jobs })
  const now = deps.clock.now()
  for (const { event, state } of items) draft.park(owner, event, { state, dueAt: now, code: 'batch_waiting' })
  await settle(draft.build(), deps)
}
