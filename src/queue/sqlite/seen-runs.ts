/**
 * The older generations of seen hashes, on disk: each a run of buckets by leading bits, found through one filter in memory.
 * A filter that has not been read back yet after a start only costs lookups: its column counts as "maybe".
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { MessageHash } from './message-hash.ts'
import { FILTER_COLUMNS, SeenFilter } from './seen-filter.ts'
import { BUCKET_STRIDE, bucketOf, BUCKETS } from './seen-table.ts'

/** Columns that are given out at a start when there are more runs than columns; the rest stays free for new ones. */
const COLUMNS_AT_START = 24
const BUCKETS_PER_STEP = 64

/** Called once what was written has been committed. */
export type AfterCommit = (effect: () => void) => void

interface Run {
  id: number
  /** The second its youngest hash was seen. */
  newest: number
  count: number
  column: number
  /** Buckets whose hashes are in the filter. */
  loaded: number
}

export class SeenRuns {
  readonly #find: StatementSync
  readonly #read: StatementSync
  readonly #first: StatementSync
  readonly #deleteBuckets: StatementSync
  readonly #deleteRun: StatementSync
  readonly #filterBits: number
  #filter: SeenFilter | undefined
  #runs: Run[] = []
  #expired: number[] = []
  /** Columns that hold runs, and those of them whose filter is not complete; bit sets. */
  #columns = 0
  #unloaded = 0

  constructor(db: DatabaseSync, filterBits: number) {
    this.#filterBits = filterBits
    this.#find = db.prepare('SELECT hashes FROM seen_buckets WHERE id = ?')
    this.#read = db.prepare('SELECT hashes FROM seen_buckets WHERE id >= ? AND id < ?')
    this.#first = db.prepare('SELECT id FROM seen_buckets WHERE id >= ? AND id < ? LIMIT 1')
    this.#deleteBuckets = db.prepare('DELETE FROM seen_buckets WHERE id >= ? AND id < ?')
    this.#deleteRun = db.prepare('DELETE FROM seen_runs WHERE id = ?')
    const rows = db.prepare('SELECT id, newest, count FROM seen_runs WHERE complete = 1 ORDER BY id').all() as unknown as Run[]
    const columns = Math.min(rows.length, COLUMNS_AT_START)
    this.#runs = rows.map((row, index) => ({ ...row, column: Math.floor((index * columns) / rows.length), loaded: 0 }))
    this.#noteColumns()
  }

  has(hash: MessageHash, oldest: number): boolean {
    if (this.#columns === 0) return false
    let columns = this.#unloaded | this.#filterOrNew().columnsOf(this.#columns, hash.c, hash.d)
    while (columns !== 0) {
      const column = 31 - Math.clz32(columns)
      columns &= ~(1 << column)
      for (const run of this.#runs) {
        if (run.column === column && run.newest >= oldest && this.#runHas(run, hash, oldest)) return true
      }
    }
    return false
  }

  /** A column for a new run; when none is free, two old ones share one from now on. */
  freeColumn(): number {
    const counts = new Array<number>(FILTER_COLUMNS).fill(0)
    for (const run of this.#runs) counts[run.column] = (counts[run.column] as number) + run.count
    const free = counts.indexOf(0)
    if (free >= 0) return free
    const [from, to] = counts.map((count, column) => ({ count, column })).sort((one, other) => one.count - other.count).map(({ column }) => column) as [number, number]
    this.#filterOrNew().merge(from, to)
    for (const run of this.#runs) if (run.column === from) run.column = to
    this.#noteColumns()
    return from
  }

  /** Puts a bucket's hashes into a column. */
  fill(column: number, hashes: Uint32Array): void {
    const filter = this.#filterOrNew()
    for (let at = 0; at < hashes.length; at += BUCKET_STRIDE) filter.add(column, hashes[at + 2] as number, hashes[at + 3] as number)
  }

  add(run: Omit<Run, 'loaded'>): void {
    this.#runs.push({ ...run, loaded: BUCKETS })
    this.#noteColumns()
  }

  /** Forgets runs that have nothing younger than `oldest`; their rows go in later steps. */
  expire(oldest: number): void {
    for (const run of this.#runs.filter(({ newest }) => newest < oldest)) {
      this.#expired.push(run.id)
      this.#runs = this.#runs.filter((other) => other !== run)
      if (!this.#runs.some(({ column }) => column === run.column)) this.#filter?.clear(run.column)
    }
    this.#noteColumns()
  }

  /** A few milliseconds of upkeep inside the running transaction; false when there was nothing to do. */
  step(afterCommit: AfterCommit): boolean {
    const id = this.#expired[0]
    if (id !== undefined) {
      this.#deleteStep(id, afterCommit)
      return true
    }
    const run = this.#runs.find(({ loaded }) => loaded < BUCKETS)
    if (!run) return false
    const from = run.id * BUCKETS + run.loaded
    const rows = this.#read.all(from, from + BUCKETS_PER_STEP) as { hashes: Uint8Array }[]
    for (const row of rows) this.fill(run.column, hashWords(row.hashes))
    run.loaded += BUCKETS_PER_STEP
    this.#noteColumns()
    return true
  }

  #deleteStep(id: number, afterCommit: AfterCommit): void {
    const first = this.#first.get(id * BUCKETS, (id + 1) * BUCKETS) as { id: number } | undefined
    if (first) {
      this.#deleteBuckets.run(first.id, Math.min(first.id + BUCKETS_PER_STEP, (id + 1) * BUCKETS))
      return
    }
    this.#deleteRun.run(id)
    afterCommit(() => {
      this.#expired = this.#expired.filter((other) => other !== id)
    })
  }

  #runHas(run: Run, hash: MessageHash, oldest: number): boolean {
    const row = this.#find.get(run.id * BUCKETS + bucketOf(hash.a)) as { hashes: Uint8Array } | undefined
    if (!row) return false
    const words = hashWords(row.hashes)
    for (let at = 0; at < words.length; at += BUCKET_STRIDE) {
      if (words[at] === hash.a && words[at + 1] === hash.b && words[at + 2] === hash.c && words[at + 3] === hash.d) return (words[at + 4] as number) >= oldest
    }
    return false
  }

  #filterOrNew(): SeenFilter {
    return (this.#filter ??= new SeenFilter(this.#filterBits))
  }

  #noteColumns(): void {
    this.#columns = 0
    this.#unloaded = 0
    for (const run of this.#runs) {
      this.#columns |= 1 << run.column
      if (run.loaded < BUCKETS) this.#unloaded |= 1 << run.column
    }
  }
}

export function hashWords(bytes: Uint8Array): Uint32Array {
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  return new Uint32Array(whole.buffer, whole.byteOffset, whole.byteLength >>> 2)
}
