/**
 * One step of listing: merges ended rows and parked jobs, newest first by time, then id, then place in the row. A step looks at a bounded
 * number of rows, so a filter that matches little never holds up the groups of appends; the caller goes on from the position it ends at.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { ErrorCode } from '../../base/errors.ts'
import { FINAL_OUTCOMES } from '../../model/outcome.ts'
import type { ListedOutcome, OutcomeDetail } from '../../model/outcome.ts'
import type { ListedDelivery } from '../queue.ts'
import type { Questions } from './protocol.ts'
import { pickFromRegion, regionStrings } from './region.ts'

const ROWS_PER_STEP = 1_000
const ROWS_PER_PAGE = 100

interface ListRow {
  id: number
  at: number
  sourceId: string
  destinationId: string
  outcome: ListedOutcome
  attempts: number
  code: ErrorCode | null
  message: string | null
  detail: string | null
  dueAt: number | null
  count: number
  ids: Uint8Array
}

const ENDED = `SELECT id, at, source_id AS sourceId, destination_id AS destinationId, outcome, attempts, code, message, detail, NULL AS dueAt, count, ids FROM ended`
const JOBS = `SELECT id, tried_at AS at, source_id AS sourceId, queue AS destinationId, 'pending' AS outcome, attempt AS attempts, code, message, detail,
  due_at AS dueAt, count, ids FROM jobs`

type Filter = Questions['list']['ask']['filter']
type Listed = Questions['list']['answer']['deliveries'][number]

/** One ordered query, read page by page. */
class Stream {
  readonly #statement: StatementSync
  readonly #values: SQLInputValue[]
  #rows: ListRow[] = []
  #next = 0
  #position: { at: number, id: number }
  #over = false

  constructor(statement: StatementSync, values: SQLInputValue[], position: { at: number, id: number }) {
    this.#statement = statement
    this.#values = values
    this.#position = position
  }

  peek(): ListRow | undefined {
    if (this.#next === this.#rows.length && !this.#over) {
      this.#rows = this.#statement.all(...this.#values, this.#position.at, this.#position.id, ROWS_PER_PAGE) as unknown as ListRow[]
      this.#next = 0
      this.#over = this.#rows.length < ROWS_PER_PAGE
      const last = this.#rows.at(-1)
      if (last) this.#position = { at: last.at, id: last.id }
    }
    return this.#rows[this.#next]
  }

  skip(): void {
    this.#next++
  }
}

export class DeliveryList {
  readonly #ended: Record<'all' | 'outcome', StatementSync>
  readonly #jobs: Record<'all' | 'queue', StatementSync>
  readonly #texts: Record<'ended' | 'jobs', StatementSync>

  constructor(db: DatabaseSync) {
    this.#ended = {
      all: db.prepare(`${ENDED} WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?`),
      outcome: db.prepare(`${ENDED} WHERE destination_id = ? AND outcome = ? AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?`),
    }
    this.#jobs = {
      all: db.prepare(`${JOBS} WHERE (tried_at, id) < (?, ?) ORDER BY tried_at DESC, id DESC LIMIT ?`),
      queue: db.prepare(`${JOBS} WHERE queue = ? AND (tried_at, id) < (?, ?) ORDER BY tried_at DESC, id DESC LIMIT ?`),
    }
    this.#texts = { ended: db.prepare('SELECT texts FROM ended WHERE id = ?'), jobs: db.prepare('SELECT texts FROM jobs WHERE id = ?') }
  }

  step(ask: Questions['list']['ask']): Questions['list']['answer'] {
    const { filter } = ask
    const start = ask.position ?? { at: filter.to === undefined ? Number.MAX_SAFE_INTEGER : filter.to - 1, id: Number.MAX_SAFE_INTEGER, index: 0 }
    // A position inside a row: that row is looked at once more, from there on.
    const streams = this.#streams(filter, { at: start.at, id: start.index > 0 ? start.id + 1 : start.id })
    const deliveries: Listed[] = []
    for (let scanned = 0; ; scanned++) {
      const stream = newest(streams)
      const row = stream?.peek()
      if (!stream || !row || row.at < (filter.from ?? -Infinity)) return { deliveries }
      const indexMax = row.id === start.id && row.at === start.at && start.index > 0 ? Math.min(start.index, row.count) : row.count
      const full = this.#collect(row, { filter, indexMax, count: ask.count, deliveries })
      if (full) return { deliveries, position: (deliveries.at(-1) as Listed).position }
      stream.skip()
      if (scanned >= ROWS_PER_STEP) return { deliveries, position: { at: row.at, id: row.id, index: 0 } }
    }
  }

  #streams({ destinationId, outcome }: Filter, position: { at: number, id: number }): Stream[] {
    const streams: Stream[] = []
    if (outcome !== 'pending') {
      if (destinationId === undefined) streams.push(new Stream(this.#ended.all, [], position))
      else for (const one of outcome ? [outcome] : FINAL_OUTCOMES) streams.push(new Stream(this.#ended.outcome, [destinationId, one], position))
    }
    if (outcome === undefined || outcome === 'pending') {
      streams.push(destinationId === undefined ? new Stream(this.#jobs.all, [], position) : new Stream(this.#jobs.queue, [destinationId], position))
    }
    return streams
  }

  /** Adds the row's matching events, last first; true when the page is full. */
  #collect(row: ListRow, into: { filter: Filter, indexMax: number, count: number, deliveries: Listed[] }): boolean {
    const { filter, deliveries } = into
    if (filter.sourceId !== undefined && row.sourceId !== filter.sourceId) return false
    if (filter.outcome !== undefined && row.outcome !== filter.outcome) return false
    const ids = regionStrings(row.ids, row.count)
    let texts: Uint8Array | null | undefined
    for (let index = into.indexMax - 1; index >= 0; index--) {
      const messageId = ids[index] as string
      if (filter.messageId !== undefined && messageId !== filter.messageId) continue
      texts ??= this.#textsOf(row)
      const event = texts ? regionStrings(pickFromRegion(texts, row.count, [index]), 1)[0] : undefined
      deliveries.push(listed(row, { index, messageId, event }))
      if (deliveries.length >= into.count) return true
    }
    return false
  }

  #textsOf(row: ListRow): Uint8Array | null {
    if (row.outcome === 'delivered') return null
    const found = this.#texts[row.outcome === 'pending' ? 'jobs' : 'ended'].get(row.id) as { texts: Uint8Array | null } | undefined
    return found?.texts ?? null
  }
}

function newest(streams: readonly Stream[]): Stream | undefined {
  let best: Stream | undefined
  let bestRow: ListRow | undefined
  for (const stream of streams) {
    const row = stream.peek()
    if (!row || (bestRow && (row.at < bestRow.at || (row.at === bestRow.at && row.id < bestRow.id)))) continue
    best = stream
    bestRow = row
  }
  return best
}

function listed(row: ListRow, one: { index: number, messageId: string, event: string | undefined }): Listed {
  const delivery: ListedDelivery = {
    id: `${row.id}.${one.index}`,
    sourceId: row.sourceId,
    destinationId: row.destinationId,
    messageId: one.messageId,
    outcome: row.outcome,
    ...(row.code !== null && { code: row.code }),
    ...(row.message !== null && { message: row.message }),
    ...(row.detail !== null && { detail: JSON.parse(row.detail) as OutcomeDetail }),
    attempts: row.attempts,
    at: row.at,
    ...(row.dueAt !== null && { dueAt: row.dueAt }),
    ...(one.event !== undefined && { event: one.event }),
  }
  return { delivery, position: { at: row.at, id: row.id, index: one.index } }
}
