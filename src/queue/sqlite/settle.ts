/** One settlement inside a running transaction: checks every claim first, then writes everything. */
import type { Limits } from '../../base/limits.ts'
import type { EndedTable } from './ended-table.ts'
import type { JobRow, JobsTable } from './jobs-table.ts'
import { isSourceQueue } from './ledger-table.ts'
import type { LedgerTable } from './ledger-table.ts'
import type { LogRow, LogTable } from './log-table.ts'
import type { AppendAnswer, AppendItem, EndedItem, ParkItem, SettleAnswer, SettleItem } from './protocol.ts'
import { idsOf, textsOf } from './region.ts'
import type { AfterCommit } from './seen-runs.ts'
import type { TotalsTable } from './totals-table.ts'

export interface Tables {
  log: LogTable
  jobs: JobsTable
  ended: EndedTable
  ledger: LedgerTable
  totals: TotalsTable
  limits: Limits
}

export interface Transaction {
  now: number
  chunks: readonly ArrayBuffer[]
  nextLease: () => number
  afterCommit: AfterCommit
}

export function append(tables: Tables, item: AppendItem, { chunks }: Transaction): AppendAnswer {
  const { row, repeated } = tables.log.append(item, chunks, tables.totals.takeId)
  if (row) {
    tables.totals.add(1, row.bytes)
    if (row.kind === 'events') tables.ledger.accept(row.sourceId, row.count)
  }
  const entryId = row?.id ?? 0
  return repeated.length > 0 ? { entryId, repeated } : { entryId }
}

export function settle(tables: Tables, item: SettleItem, transaction: Transaction): SettleAnswer {
  const entryIds = [...new Set(item.entryIds)]
  const entries = entryIds.map((id) => tables.log.find(id))
  const held = new Map(item.jobs.map(({ id, lease }) => [id, lease]))
  const jobs = [...held].map(([id, lease]) => tables.jobs.findClaimed(id, lease))
  if (entries.includes(undefined) || jobs.includes(undefined)) return { applied: false, jobs: [], derived: [] }
  entries.forEach((entry, index) => endEntry(tables, entryIds[index] as number, entry as LogRow))
  const jobIds = [...held.keys()]
  jobs.forEach((job, index) => endJob(tables, { id: jobIds[index] as number, job: job as JobRow }, transaction))
  for (const ended of item.ended) end(tables, ended, transaction)
  return {
    applied: true,
    jobs: item.parked.map((job) => park(tables, job, transaction)),
    derived: item.derived.map((entry) => append(tables, entry, transaction)),
  }
}

function endEntry(tables: Tables, id: number, entry: LogRow): void {
  tables.log.delete(id)
  tables.totals.add(-1, -entry.bytes)
  if (entry.kind === 'events') tables.ledger.settle(entry.sourceId, entry.count)
}

function endJob(tables: Tables, { id, job }: { id: number, job: JobRow }, { afterCommit }: Transaction): void {
  tables.jobs.delete(id)
  afterCommit(() => tables.jobs.release(id))
  tables.ledger.count({ sourceId: job.sourceId, destinationId: job.queue }, 'parked', -job.count)
  if (isSourceQueue(job.queue) && job.kind === 'events') tables.ledger.settle(job.sourceId, job.count)
}

function end(tables: Tables, item: EndedItem, { chunks }: Transaction): void {
  const { packed } = item
  if (packed.count === 0) return
  const texts = packed.textsBytes === 0 ? null : textsOf(chunks, packed)
  tables.ended.insert(tables.totals.takeId(), item, { count: packed.count, ids: idsOf(chunks, packed), texts })
  tables.ledger.count(item, item.outcome, packed.count)
}

function park(tables: Tables, job: ParkItem, { chunks, now, nextLease, afterCommit }: Transaction): { id: number, lease: number } {
  const { packed } = job
  const id = tables.totals.takeId()
  tables.jobs.insert(id, { ...job, triedAt: now }, { count: packed.count, ids: idsOf(chunks, packed), texts: textsOf(chunks, packed) })
  tables.ledger.count({ sourceId: job.sourceId, destinationId: job.queue }, 'parked', packed.count)
  // These events are held back: what ended them in the log or in an earlier job does not count.
  if (isSourceQueue(job.queue) && job.kind === 'events') tables.ledger.settle(job.sourceId, -packed.count)
  if (job.leasedUntil === 0) return { id, lease: 0 }
  const lease = nextLease()
  afterCommit(() => tables.jobs.lease(id, { lease, until: job.leasedUntil }))
  return { id, lease }
}
