/**
 * What is over: one row per group of events that ended alike, with their texts unless they were delivered. Bounded per destination and
 * outcome; `kept` counts what is there, so that trimming never has to.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Limits } from '../../base/limits.ts'
import type { FinalOutcome } from '../../model/outcome.ts'
import type { EndedItem } from './protocol.ts'

const TRIM_ROWS_PER_STEP = 100

export interface EndedRow extends Omit<EndedItem, 'packed'> {
  id: number
  count: number
  ids: Uint8Array
}

interface Kept {
  destinationId: string
  outcome: FinalOutcome
  batches: number
  events: number
}

const COLUMNS = `id, source_id AS sourceId, destination_id AS destinationId, kind, outcome, at, attempts, code, message, detail, count, ids`

export class EndedTable {
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #delete: StatementSync
  readonly #texts: StatementSync
  readonly #oldest: StatementSync
  readonly #next: StatementSync
  readonly #addKept: StatementSync
  readonly #limits: Limits
  readonly #kept = new Map<string, Kept>()
  readonly #over = new Set<string>()
  #changes = new Map<string, Kept>()

  constructor(db: DatabaseSync, limits: Limits) {
    this.#limits = limits
    this.#insert = db.prepare(`INSERT INTO ended (id, source_id, destination_id, kind, outcome, at, attempts, code, message, detail, count, ids, texts)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#update = db.prepare('UPDATE ended SET count = ?, ids = ?, texts = ? WHERE id = ?')
    this.#delete = db.prepare('DELETE FROM ended WHERE id = ?')
    this.#texts = db.prepare('SELECT texts FROM ended WHERE id = ?')
    this.#oldest = db.prepare('SELECT id, count FROM ended WHERE destination_id = ? AND outcome = ? ORDER BY at, id LIMIT ?')
    this.#next = db.prepare(`SELECT ${COLUMNS} FROM ended
      WHERE destination_id = ?1 AND outcome = ?2 AND (at, id) > (?3, ?4) AND at < ?5 ORDER BY at, id LIMIT ?6`)
    this.#addKept = db.prepare(`INSERT INTO kept VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET batches = batches + excluded.batches, events = events + excluded.events`)
    const rows = db.prepare('SELECT destination_id AS destinationId, outcome, batches, events FROM kept').all() as unknown as Kept[]
    for (const row of rows) this.#setKept(row)
  }

  insert(id: number, item: Omit<EndedItem, 'packed'>, events: { count: number, ids: Uint8Array, texts: Uint8Array | null }): void {
    this.#insert.run(
      id, item.sourceId, item.destinationId, item.kind, item.outcome, item.at, item.attempts, item.code, item.message, item.detail,
      events.count, events.ids, events.texts,
    )
    this.#change(item, 1, events.count)
  }

  /** Takes events out of a row; the row goes when none is left. */
  take(row: EndedRow, taken: number, left: { ids: Uint8Array, texts: Uint8Array } | undefined): void {
    if (left) this.#update.run(row.count - taken, left.ids, left.texts, row.id)
    else this.#delete.run(row.id)
    this.#change(row, left ? 0 : -1, -taken)
  }

  texts(id: number): Uint8Array | null {
    return (this.#texts.get(id) as { texts: Uint8Array | null } | undefined)?.texts ?? null
  }

  /** Rows of one outcome at one destination, oldest first, from a place on. */
  next(of: { destinationId: string, outcome: FinalOutcome }, from: { at: number, id: number, to: number, count: number }): EndedRow[] {
    return this.#next.all(of.destinationId, of.outcome, from.at, from.id, from.to, from.count) as unknown as EndedRow[]
  }

  write(): void {
    for (const one of this.#changes.values()) this.#addKept.run(one.destinationId, one.outcome, one.batches, one.events)
  }

  committed(): void {
    for (const [key, change] of this.#changes) {
      const kept = this.#kept.get(key)
      this.#setKept({ ...change, batches: (kept?.batches ?? 0) + change.batches, events: (kept?.events ?? 0) + change.events })
    }
    this.rolledBack()
  }

  rolledBack(): void {
    if (this.#changes.size > 0) this.#changes = new Map()
  }

  /** Whether more is kept somewhere than the limits say. */
  get isOverFull(): boolean {
    return this.#over.size > 0
  }

  /** Deletes some of the oldest rows where more is kept than the limits say; inside a transaction. */
  step(): void {
    const [key] = this.#over
    const kept = key === undefined ? undefined : this.#kept.get(key)
    if (key === undefined || !kept) return
    // The running transaction may have taken rows out or put more in.
    const change = this.#changes.get(key)
    const start = { ...kept, batches: kept.batches + (change?.batches ?? 0), events: kept.events + (change?.events ?? 0) }
    let { batches, events } = start
    const rows = Math.max(0, Math.min(this.#excess(start), TRIM_ROWS_PER_STEP))
    for (const row of this.#oldest.all(kept.destinationId, kept.outcome, rows) as { id: number, count: number }[]) {
      // A row goes only when enough is left without it.
      if (this.#excess({ ...kept, batches: batches - 1, events: events - row.count }) < 0) break
      this.#delete.run(row.id)
      batches--
      events -= row.count
    }
    // To the end of the line, so that a busy destination does not keep the others waiting.
    this.#over.delete(key)
    if (batches === start.batches) return
    this.#over.add(key)
    this.#change(kept, batches - start.batches, events - start.events)
  }

  #change({ destinationId, outcome }: { destinationId: string, outcome: FinalOutcome }, batches: number, events: number): void {
    const key = `${outcome} ${destinationId}`
    const change = this.#changes.get(key) ?? { destinationId, outcome, batches: 0, events: 0 }
    change.batches += batches
    change.events += events
    this.#changes.set(key, change)
  }

  #setKept(kept: Kept): void {
    const key = `${kept.outcome} ${kept.destinationId}`
    this.#kept.set(key, kept)
    if (this.#excess(kept) > 0) this.#over.add(key)
  }

  /** How many batches (of plain successes) or events are kept beyond the limit; negative when there is room. */
  #excess({ outcome, batches, events }: Kept): number {
    if (outcome === 'delivered') return batches - this.#limits.deliveredBatchesPerConnectionMax
    return events - (outcome === 'filtered' ? this.#limits.filteredRecordsPerConnectionMax : this.#limits.recordsPerConnectionMax)
  }
}
