/**
 * Which message ids have been seen within the window, exactly: a hash is refused only when that very 128-bit hash was taken in, less than the
 * window (rounded up to a second) ago.
 *
 * Durable and cheap: each group of appends writes the hashes it took in as one row. In memory: the current generation of up to 524,288
 * hashes (20 MB), while it is moved to disk a second one of the same size, and the filter over the generations on disk (32 MB): 72 MB at most,
 * whatever the traffic. Above 16 million ids per window the filter gets less sharp, and more lookups read a bucket from disk.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { MessageHash } from './message-hash.ts'
import { hashWords, SeenRuns } from './seen-runs.ts'
import type { AfterCommit } from './seen-runs.ts'
import { BUCKETS, SeenTable } from './seen-table.ts'

export interface SeenSizes {
  /** Slots of the table in memory, as a power of 2, at least 12; a generation is half of that. */
  slotBits: number
  /** Words of the filter, as a power of 2. */
  filterBits: number
}
const SIZES: SeenSizes = { slotBits: 20, filterBits: 23 }

const BUCKETS_PER_STEP = 64
const ROWS_PER_STEP = 200
const EXPIRY_EVERY_SECONDS = 60
const HASH_WORDS = 4

/** A generation on its way to disk. */
interface Move {
  table: SeenTable
  run: number
  column: number
  /** The last row of `seen_recent` that it covers. */
  covers: number
  /** Buckets written, committed and by the running transaction. */
  committed: number
  written: number
  newest: number
}

export class SeenIds {
  readonly #windowSeconds: number
  readonly #generationMax: number
  readonly #slotBits: number
  readonly #runs: SeenRuns
  readonly #sql: ReturnType<typeof statements>
  #active: SeenTable
  #spare: SeenTable | undefined
  #move: Move | undefined
  #second = 0
  #newest = 0
  #expiredAt = 0
  #rowId: number
  /** Rows up to this one are covered by runs and can go. */
  #covered: number
  /** What the running transaction took in: hashes for its row, slots to undo. */
  #pending: number[] = []
  #undo: { slot: number, second: number }[] = []

  constructor(db: DatabaseSync, windowMs: number, sizes: SeenSizes = SIZES) {
    this.#windowSeconds = Math.ceil(windowMs / 1000)
    this.#slotBits = sizes.slotBits
    this.#generationMax = 2 ** (sizes.slotBits - 1)
    this.#active = new SeenTable(sizes.slotBits)
    this.#sql = statements(db)
    this.#dropHalfWrittenRuns()
    this.#runs = new SeenRuns(db, sizes.filterBits)
    this.#covered = (this.#sql.covered.get() as { covers: number | null }).covers ?? 0
    this.#rowId = Math.max(this.#covered, (this.#sql.lastRow.get() as { id: number | null }).id ?? 0)
  }

  /** Reads back the current generation; inside a transaction. */
  load(now: number): void {
    this.begin(now)
    const hash = new MessageHash()
    for (const row of this.#sql.rowsAfter.iterate(this.#covered) as Iterable<{ id: number, at: number, hashes: Uint8Array }>) {
      if (row.at < this.#oldest) continue
      const words = hashWords(row.hashes)
      for (let at = 0; at < words.length; at += HASH_WORDS) {
        hash.a = words[at] as number
        hash.b = words[at + 1] as number
        hash.c = words[at + 2] as number
        hash.d = words[at + 3] as number
        const slot = this.#active.find(hash)
        if (slot < 0) this.#active.insert(-1 - slot, hash, row.at)
        else this.#active.setSecond(slot, row.at)
      }
      this.#newest = Math.max(this.#newest, row.at)
      if (this.#active.count >= this.#generationMax) this.#moveAtOnce(row.id)
    }
  }

  /** Starts a transaction's work at this time. */
  begin(now: number): void {
    this.#second = Math.max(1, Math.floor(now / 1000))
    if (this.#active.count >= this.#generationMax && !this.#move) this.#startMove(this.#rowId)
    if (Math.abs(this.#second - this.#expiredAt) >= EXPIRY_EVERY_SECONDS) {
      this.#expiredAt = this.#second
      this.#runs.expire(this.#oldest)
    }
  }

  /** Takes the hash in; false when it was seen before. */
  add(hash: MessageHash): boolean {
    const slot = this.#active.find(hash)
    if (slot >= 0) {
      const second = this.#active.secondAt(slot)
      if (second >= this.#oldest) return false
      this.#undo.push({ slot, second })
      this.#active.setSecond(slot, this.#second)
    } else {
      if (this.#moving(hash) || this.#runs.has(hash, this.#oldest)) return false
      this.#undo.push({ slot: -1 - slot, second: 0 })
      this.#active.insert(-1 - slot, hash, this.#second)
    }
    this.#pending.push(hash.a, hash.b, hash.c, hash.d)
    return true
  }

  /** Writes what the transaction took in. */
  write(): void {
    if (this.#pending.length > 0) {
      const words = Uint32Array.from(this.#pending)
      this.#sql.insertRow.run(this.#rowId + 1, this.#second, new Uint8Array(words.buffer))
    }
    // The next generation is full before the last one is on disk: finish that now, so that memory stays bounded.
    if (this.#move && this.#active.count >= this.#generationMax) this.#moveBuckets(this.#move, BUCKETS)
  }

  committed(): void {
    if (this.#pending.length > 0) {
      this.#rowId++
      this.#newest = Math.max(this.#newest, this.#second)
    }
    this.#pending = []
    this.#undo = []
    if (!this.#move) return
    this.#move.committed = this.#move.written
    if (this.#move.committed === BUCKETS) this.#finishMove(this.#move)
  }

  rolledBack(): void {
    for (const { slot, second } of this.#undo.reverse()) {
      if (second === 0) this.#active.undoInsert(slot)
      else this.#active.setSecond(slot, second)
    }
    this.#pending = []
    this.#undo = []
    if (this.#move) this.#move.written = this.#move.committed
  }

  /** A few milliseconds of upkeep inside the running transaction; false when there was nothing to do. */
  step(afterCommit: AfterCommit): boolean {
    if (this.#move) {
      this.#moveBuckets(this.#move, BUCKETS_PER_STEP)
      return true
    }
    const first = this.#sql.firstRow.get() as { id: number, at: number } | undefined
    if (first && (first.id <= this.#covered || first.at < this.#oldest)) {
      this.#sql.deleteRows.run(first.id + ROWS_PER_STEP, this.#covered, this.#oldest)
      return true
    }
    return this.#runs.step(afterCommit)
  }

  get #oldest(): number {
    return this.#second - this.#windowSeconds
  }

  #moving(hash: MessageHash): boolean {
    if (!this.#move) return false
    const slot = this.#move.table.find(hash)
    return slot >= 0 && this.#move.table.secondAt(slot) >= this.#oldest
  }

  #startMove(covers: number): void {
    const run = ((this.#sql.lastRun.get() as { id: number | null }).id ?? 0) + 1
    this.#move = { table: this.#active, run, column: this.#runs.freeColumn(), covers, committed: 0, written: 0, newest: this.#newest }
    this.#active = this.#spare ?? new SeenTable(this.#slotBits)
    this.#spare = undefined
  }

  #moveAtOnce(covers: number): void {
    this.#startMove(covers)
    const move = this.#move as Move
    this.#moveBuckets(move, BUCKETS)
    this.#finishMove(move)
  }

  #moveBuckets(move: Move, count: number): void {
    if (move.written === BUCKETS) return
    if (move.written === 0) this.#sql.putRun.run(move.run, move.newest, move.table.count, move.covers, 0)
    const end = Math.min(move.written + count, BUCKETS)
    for (let bucket = move.written; bucket < end; bucket++) {
      const hashes = move.table.bucket(bucket, this.#oldest - 1)
      if (hashes.length === 0) continue
      this.#sql.putBucket.run(move.run * BUCKETS + bucket, new Uint8Array(hashes.buffer))
      this.#runs.fill(move.column, hashes)
    }
    if (end === BUCKETS) this.#sql.putRun.run(move.run, move.newest, move.table.count, move.covers, 1)
    move.written = end
  }

  #finishMove(move: Move): void {
    this.#runs.add({ id: move.run, newest: move.newest, count: move.table.count, column: move.column })
    this.#covered = move.covers
    move.table.clear()
    this.#spare = move.table
    this.#move = undefined
  }

  #dropHalfWrittenRuns(): void {
    for (const { id } of this.#sql.halfWritten.all() as { id: number }[]) {
      this.#sql.dropBuckets.run(id * BUCKETS, (id + 1) * BUCKETS)
      this.#sql.dropRun.run(id)
    }
  }
}

function statements(db: DatabaseSync): Record<
  'covered' | 'lastRow' | 'firstRow' | 'rowsAfter' | 'insertRow' | 'deleteRows' | 'lastRun' | 'putRun' | 'putBucket' | 'halfWritten' | 'dropBuckets' | 'dropRun',
  StatementSync
> {
  return {
    covered: db.prepare('SELECT max(covers) AS covers FROM seen_runs WHERE complete = 1'),
    lastRow: db.prepare('SELECT max(id) AS id FROM seen_recent'),
    firstRow: db.prepare('SELECT id, at FROM seen_recent ORDER BY id LIMIT 1'),
    rowsAfter: db.prepare('SELECT id, at, hashes FROM seen_recent WHERE id > ? ORDER BY id'),
    insertRow: db.prepare('INSERT INTO seen_recent (id, at, hashes) VALUES (?, ?, ?)'),
    deleteRows: db.prepare('DELETE FROM seen_recent WHERE id < ? AND (id <= ? OR at < ?)'),
    lastRun: db.prepare('SELECT max(id) AS id FROM seen_runs'),
    putRun: db.prepare('INSERT OR REPLACE INTO seen_runs (id, newest, count, covers, complete) VALUES (?, ?, ?, ?, ?)'),
    putBucket: db.prepare('INSERT OR REPLACE INTO seen_buckets (id, hashes) VALUES (?, ?)'),
    halfWritten: db.prepare('SELECT id FROM seen_runs WHERE complete = 0'),
    dropBuckets: db.prepare('DELETE FROM seen_buckets WHERE id >= ? AND id < ?'),
    dropRun: db.prepare('DELETE FROM seen_runs WHERE id = ?'),
  }
}
