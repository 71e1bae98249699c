/**
 * Parked jobs. Their claims live in memory only: one process owns the file, and what a stopped process had claimed is free again.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JobKind, QueueName } from '../queue.ts'
import type { HastenPosition, ParkItem, StoredJob } from './protocol.ts'

const HASTEN_STEP = 2_000

export interface JobRow {
  queue: QueueName
  sourceId: string
  kind: JobKind
  count: number
}

interface Lease {
  lease: number
  until: number
}

const COLUMNS = `id, queue, source_id AS sourceId, kind, attempt, first_at AS firstAt, due_at AS dueAt, strikes, code, message, detail, count, ids, texts`

export class JobsTable {
  readonly #insert: StatementSync
  readonly #find: StatementSync
  readonly #read: StatementSync
  readonly #delete: StatementSync
  readonly #due: StatementSync
  readonly #later: StatementSync
  readonly #setDue: StatementSync
  readonly #leases = new Map<number, Lease>()

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(`INSERT INTO jobs (id, queue, source_id, kind, attempt, first_at, due_at, tried_at, strikes, code, message, detail, count, ids, texts)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#find = db.prepare('SELECT queue, source_id AS sourceId, kind, count FROM jobs WHERE id = ?')
    this.#read = db.prepare(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`)
    this.#delete = db.prepare('DELETE FROM jobs WHERE id = ?')
    this.#due = db.prepare('SELECT id, due_at AS dueAt FROM jobs WHERE queue = ? AND due_at <= ? ORDER BY due_at, id')
    this.#later = db.prepare('SELECT id, due_at AS dueAt FROM jobs WHERE queue = ?1 AND (due_at, id) > (?2, ?3) ORDER BY due_at, id LIMIT ?4')
    this.#setDue = db.prepare('UPDATE jobs SET due_at = ? WHERE id = ?')
  }

  insert(id: number, job: Omit<ParkItem, 'packed' | 'leasedUntil'> & { triedAt: number }, events: { count: number, ids: Uint8Array, texts: Uint8Array }): void {
    this.#insert.run(
      id, job.queue, job.sourceId, job.kind, job.attempt, job.firstAt, job.dueAt, job.triedAt, job.strikes,
      job.code, job.message, job.detail, events.count, events.ids, events.texts,
    )
  }

  /** The job, unless it is gone or somebody else has it. */
  findClaimed(id: number, lease: number): JobRow | undefined {
    const held = this.#leases.get(id)
    if (held && held.lease !== lease) return undefined
    return this.#find.get(id) as JobRow | undefined
  }

  delete(id: number): void {
    this.#delete.run(id)
  }

  lease(id: number, lease: Lease): void {
    this.#leases.set(id, lease)
  }

  release(id: number): void {
    this.#leases.delete(id)
  }

  claimDue(ask: { queues: QueueName[], jobsMax: number, leaseMs: number, now: number }, nextLease: () => number): StoredJob[] {
    const due: { id: number, dueAt: number }[] = []
    for (const queue of ask.queues) {
      let found = 0
      for (const job of this.#due.iterate(queue, ask.now) as unknown as Iterable<{ id: number, dueAt: number }>) {
        if (this.#isLeased(job.id, ask.now)) continue
        due.push(job)
        if (++found >= ask.jobsMax) break
      }
    }
    due.sort((one, other) => one.dueAt - other.dueAt || one.id - other.id)
    return due.slice(0, ask.jobsMax).map(({ id }) => {
      const lease = nextLease()
      this.#leases.set(id, { lease, until: ask.now + ask.leaseMs })
      return { ...(this.#read.get(id) as unknown as Omit<StoredJob, 'lease'>), lease }
    })
  }

  /** One bounded step; `after` is where the next one goes on. */
  hasten(ask: { queue: QueueName, dueAt: number, now: number, after?: HastenPosition }): { after?: HastenPosition } {
    const from = ask.after ?? { dueAt: ask.dueAt, id: Number.MAX_SAFE_INTEGER }
    const later = this.#later.all(ask.queue, from.dueAt, from.id, HASTEN_STEP) as unknown as HastenPosition[]
    for (const { id } of later) {
      if (!this.#isLeased(id, ask.now)) this.#setDue.run(ask.dueAt, id)
    }
    return later.length === HASTEN_STEP ? { after: later.at(-1) } : {}
  }

  #isLeased(id: number, now: number): boolean {
    const held = this.#leases.get(id)
    return held !== undefined && held.until > now
  }
}
