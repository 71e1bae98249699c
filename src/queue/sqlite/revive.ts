/** Moves ended events back to their destination's queue, a bounded number of rows per transaction. */
import type { Limits } from '../../base/limits.ts'
import type { JobKind } from '../queue.ts'
import type { EndedRow, EndedTable } from './ended-table.ts'
import type { JobsTable } from './jobs-table.ts'
import { isSourceQueue, type LedgerTable } from './ledger-table.ts'
import type { Questions, RevivePosition } from './protocol.ts'
import { joinRegions, pickFromRegion, regionStrings } from './region.ts'

const ROWS_PER_STEP = 200

export interface ReviveTables {
  ended: EndedTable
  jobs: JobsTable
  ledger: LedgerTable
  limits: Limits
  nextId: () => number
}

/** Events of one source and kind on their way into one job. */
interface Chunk {
  first: EndedRow
  kind: JobKind
  parts: { count: number, ids: Uint8Array, texts: Uint8Array }[]
  count: number
}

export function reviveStep(tables: ReviveTables, ask: Questions['revive']['ask']): Questions['revive']['answer'] {
  const { request, now } = ask
  const position = ask.position ?? { at: (request.from ?? 0) - 1, id: Number.MAX_SAFE_INTEGER, idMax: tables.nextId() }
  const from = { ...position, to: request.to ?? Number.MAX_SAFE_INTEGER, count: ROWS_PER_STEP }
  const rows = tables.ended.next(request, from)
  const wanted = request.messageIds && new Set(request.messageIds)
  const chunks = new Map<string, Chunk>()
  let revived = 0
  for (const row of rows) {
    if (row.id > position.idMax) continue
    revived += takeRow(tables, row, { wanted, chunks, now })
  }
  for (const chunk of chunks.values()) park(tables, chunk, now)
  const last = rows.at(-1)
  if (rows.length < ROWS_PER_STEP || !last) return { revived }
  const next: RevivePosition = { at: last.at, id: last.id, idMax: position.idMax }
  return { revived, position: next }
}

function takeRow(tables: ReviveTables, row: EndedRow, into: { wanted: Set<string> | undefined, chunks: Map<string, Chunk>, now: number }): number {
  const kind = kindOf(row)
  if (isSourceQueue(row.destinationId) && kind !== 'webhook') return 0
  const all = Array.from({ length: row.count }, (_, index) => index)
  const { wanted } = into
  const ids = wanted && regionStrings(row.ids, row.count)
  const picked = ids ? all.filter((index) => wanted.has(ids[index] as string)) : all
  const texts = picked.length > 0 ? tables.ended.texts(row.id) : null
  if (!texts) return 0
  const without = new Set(picked)
  const left = all.filter((index) => !without.has(index))
  const pick = (indexes: number[]): { count: number, ids: Uint8Array, texts: Uint8Array } =>
    ({ count: indexes.length, ids: pickFromRegion(row.ids, row.count, indexes), texts: pickFromRegion(texts, row.count, indexes) })
  tables.ended.take(row, picked.length, left.length > 0 ? pick(left) : undefined)
  tables.ledger.count(row, row.outcome, -picked.length)
  const eventsMax = tables.limits.workEventsMax
  const key = `${kind} ${row.sourceId}`
  for (let start = 0; start < picked.length; start += eventsMax) {
    const part = pick(picked.slice(start, start + eventsMax))
    const chunk = into.chunks.get(key)
    if (chunk && chunk.count + part.count <= eventsMax) {
      chunk.parts.push(part)
      chunk.count += part.count
      continue
    }
    if (chunk) park(tables, chunk, into.now)
    into.chunks.set(key, { first: row, kind, parts: [part], count: part.count })
  }
  return picked.length
}

/** A file of format 1 does not say: an insert function that runs twice does less harm than one that was to remove something and never ran. */
function kindOf({ kind }: EndedRow): JobKind {
  return kind ?? 'untransformed'
}

function park(tables: ReviveTables, { first, kind, parts, count }: Chunk, now: number): void {
  const events = {
    count,
    ids: joinRegions(parts.map((part) => ({ region: part.ids, count: part.count }))),
    texts: joinRegions(parts.map((part) => ({ region: part.texts, count: part.count }))),
  }
  const { sourceId, destinationId, message, detail } = first
  const job = {
    queue: destinationId, sourceId, kind, attempt: 0, firstAt: now, dueAt: now, triedAt: now, strikes: 0,
    code: first.code ?? 'internal' as const, message, detail,
  }
  tables.jobs.insert(tables.nextId(), job, events)
  tables.ledger.count({ sourceId, destinationId }, 'parked', count)
}
