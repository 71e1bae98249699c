/**
 * The loops that own claims: one takes fresh entries from the log, one takes parked jobs whose time has come.
 * Both only start units of work; a unit settles itself.
 */
import { asError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { processDestinationUnit } from './destination-unit.ts'
import { Lanes } from './lane.ts'
import { findConnection } from '../model/snapshot.ts'
import { processSourceUnit } from './source-unit.ts'
import { RecentEvents } from './recent-events.ts'
import { Slots } from './slots.ts'
import { unitsOfEntries, unitsOfJobs, type Unit } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

export interface Worker {
  /** Takes no more work and waits up to `drainMs` for what is under way; what is left comes back after a restart. */
  close(drainMs: number): Promise<void>
  /** JSON texts of some of the newest events of a source, newest first; of one type (or `webhook`) when it is given. */
  recentEvents(sourceId: string, request: { type?: string, count: number }): string[]
}

const CLAIM_WAIT_MS = 1_000
const PAUSE_AFTER_FAILURE_MS = 500
const SOURCE_QUEUE = 'source:'

export function startWorker(given: Omit<WorkDeps, 'lanes' | 'batches' | 'recent' | 'late' | 'stopping'>): Worker {
  const stop = new AbortController()
  const deps: WorkDeps = { ...given, lanes: new Lanes(), batches: new Map(), recent: new RecentEvents(), late: new Slots(Infinity), stopping: stop.signal }
  const fresh = new Slots(limits.workUnitsInFlightMax)
  const due = new Slots(Infinity)
  const sourceRetries = new Slots(limits.workUnitsInFlightMax)
  const loops = [
    keepRunning('claim', () => claimFresh(fresh, deps), deps),
    keepRunning('retry', () => claimDue({ due, sourceRetries }, deps), deps),
  ]
  return {
    recentEvents: (sourceId, request) => deps.recent.list(sourceId, request),
    async close(drainMs) {
      stop.abort()
      const over = new AbortController()
      // The loops first: what they start last is waited for as well, and so is what outlives its unit.
      const drained = Promise.all(loops).then(() => Promise.all([fresh.idle(), due.idle(), sourceRetries.idle()])).then(() => deps.late.idle())
      await Promise.race([drained, deps.clock.sleep(drainMs, over.signal)])
      over.abort()
    },
  }
}

async function claimFresh(slots: Slots, deps: WorkDeps): Promise<void> {
  await slots.free()
  const entries = await deps.queue.claim({ eventsMax: limits.workEventsMax * slots.left, leaseMs: limits.leaseMs, waitMs: CLAIM_WAIT_MS })
  for (const unit of unitsOfEntries(entries)) {
    // Entries of many sources make more units than there are slots.
    await slots.free()
    slots.run(() => start(processSourceUnit, unit, deps))
  }
}

async function claimDue({ due, sourceRetries }: { due: Slots, sourceRetries: Slots }, deps: WorkDeps): Promise<void> {
  await deps.clock.sleep(limits.duePollMs, deps.stopping)
  for (const queue of Object.keys(deps.queue.depth().parked)) {
    if (deps.stopping.aborted) return
    const ofSource = queue.startsWith(SOURCE_QUEUE)
    const jobsMax = ofSource ? sourceRetries.left : jobsFor(queue, deps)
    if (jobsMax === 0) continue
    const jobs = await deps.queue.claimDue({ queues: [queue], jobsMax, leaseMs: limits.leaseMs })
    const gather = jobs[0] && findConnection(deps.snapshot(), jobs[0].sourceId, queue)?.gather
    for (const unit of unitsOfJobs(jobs, gather?.countMax)) {
      if (ofSource) sourceRetries.run(() => start(processSourceUnit, unit, deps))
      else due.run(() => start((one, all) => processDestinationUnit(one, queue, all), unit, deps))
    }
  }
}

/** How many parked jobs a destination may be given now: none while it is full or rests. When a probe is due some more come along: those whose time is over are buried then. */
function jobsFor(destinationId: string, deps: WorkDeps): number {
  const lane = deps.lanes.of(destinationId)
  if (isPaused(destinationId, deps)) return 0
  const rests = lane.circuit.isOpen() && deps.clock.now() < lane.circuit.openUntil
  return rests || lane.freeSlots === 0 ? 0 : limits.dueJobsPerClaimMax
}

function isPaused(destinationId: string, deps: WorkDeps): boolean {
  return deps.snapshot().pausedDestinationIds.has(destinationId)
}

async function start(run: (unit: Unit, deps: WorkDeps) => Promise<void>, unit: Unit, deps: WorkDeps): Promise<void> {
  try {
    await run(unit, deps)
  } catch (thrown) {
    // Its claims run out and the events come back; nothing is lost, but this must never happen.
    deps.log.error('a unit of work was abandoned', { error: asError(thrown), sourceId: unit.sourceId })
  }
}

async function keepRunning(name: string, turn: () => Promise<void>, deps: WorkDeps): Promise<void> {
  while (!deps.stopping.aborted) {
    try {
      await turn()
    } catch (thrown) {
      if (deps.stopping.aborted) return
      deps.log.error(`the ${name} loop failed; going on`, { error: asError(thrown) })
      await deps.clock.sleep(PAUSE_AFTER_FAILURE_MS, deps.stopping)
    }
  }
}
