/** Settles until it is written: what was delivered must not be forgotten because the disk was full for a minute. */
import { asError } from '../base/errors.ts'
import type { Settled, Settlement } from '../queue/queue.ts'
import type { WorkDeps } from './work-deps.ts'

const PAUSE_MS = 500

/** Gives up only when the worker stops; the claims then come back after the restart, and their events are delivered again. */
export async function settle(settlement: Settlement, deps: Pick<WorkDeps, 'queue' | 'clock' | 'log' | 'stopping'>): Promise<Settled> {
  for (;;) {
    try {
      const settled = await deps.queue.settle(settlement)
      if (!settled.applied) deps.log.warn('a claim was lost before its work was settled; its events are delivered again', { entryIds: settlement.entryIds, jobs: settlement.jobs.length })
      return settled
    } catch (thrown) {
      deps.log.error('work that is done could not be recorded; trying again', { error: asError(thrown) })
      if (deps.stopping.aborted) return { applied: false, jobs: [] }
      await deps.clock.sleep(PAUSE_MS, deps.stopping)
    }
  }
}
