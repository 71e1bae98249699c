/** The log: one row per entry, inserted with dedup, deleted when it is settled. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { MessageHash, sourceSeed } from './message-hash.ts'
import type { HashSeed } from './message-hash.ts'
import type { AppendItem, StoredEntry } from './protocol.ts'
import { idsOf, pickFromRegion, regionLengths, textsOf } from './region.ts'
import type { SeenIds } from './seen.ts'

/** Seeds are cached for this many sources. */
const SEEDS_MAX = 10_000

export interface LogRow {
  sourceId: string
  kind: 'events' | 'webhook'
  count: number
  bytes: number
}

export class LogTable {
  readonly #insert: StatementSync
  readonly #find: StatementSync
  readonly #delete: StatementSync
  readonly #read: StatementSync
  readonly #seen: SeenIds
  readonly #secret: Uint8Array
  readonly #seeds = new Map<string, HashSeed>()
  readonly #hash = new MessageHash()

  constructor(db: DatabaseSync, seen: SeenIds, secret: Uint8Array) {
    this.#seen = seen
    this.#secret = secret
    this.#insert = db.prepare('INSERT INTO log (id, source_id, kind, received_at, count, bytes, ids, texts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    this.#find = db.prepare('SELECT source_id AS sourceId, kind, count, bytes FROM log WHERE id = ?')
    this.#delete = db.prepare('DELETE FROM log WHERE id = ?')
    this.#read = db.prepare(`SELECT id, source_id AS sourceId, kind, received_at AS receivedAt, count, bytes, ids, texts
      FROM log WHERE id >= ? AND id <= ? ORDER BY id`)
  }

  /** Writes what is new of an entry; `row` is absent when nothing is. */
  append(item: AppendItem, chunks: readonly ArrayBuffer[], nextId: () => number): { row?: LogRow & { id: number }, repeated: number[] } {
    const { packed } = item
    let ids = idsOf(chunks, packed)
    let texts = textsOf(chunks, packed)
    const repeated = this.#repeated(item, ids)
    const count = packed.count - repeated.length
    if (count === 0) return { repeated }
    if (repeated.length > 0) {
      const refused = new Set(repeated)
      const fresh = Array.from({ length: packed.count }, (_, index) => index).filter((index) => !refused.has(index))
      ids = pickFromRegion(ids, packed.count, fresh)
      texts = pickFromRegion(texts, packed.count, fresh)
    }
    const id = nextId()
    const bytes = ids.byteLength + texts.byteLength
    this.#insert.run(id, item.sourceId, item.kind, item.receivedAt, count, bytes, ids, texts)
    return { row: { id, sourceId: item.sourceId, kind: item.kind, count, bytes }, repeated }
  }

  find(id: number): LogRow | undefined {
    return this.#find.get(id) as LogRow | undefined
  }

  delete(id: number): void {
    this.#delete.run(id)
  }

  /** Entries from `from` to `to` in order, until `bytesMax` is reached; `upTo` is how far it got. */
  read(range: { from: number, to: number, bytesMax: number }): { entries: StoredEntry[], upTo: number } {
    const entries: StoredEntry[] = []
    let bytes = 0
    for (const row of this.#read.iterate(range.from, range.to) as unknown as Iterable<StoredEntry & { bytes: number }>) {
      entries.push(row)
      bytes += row.bytes
      if (bytes >= range.bytesMax) return { entries, upTo: row.id }
    }
    return { entries, upTo: range.to }
  }

  #repeated(item: AppendItem, ids: Uint8Array): number[] {
    const { count } = item.packed
    const seed = this.#seed(item)
    const lengths = regionLengths(ids, count)
    const repeated: number[] = []
    let position = count * 4
    for (let index = 0; index < count; index++) {
      const end = position + (lengths[index] as number)
      this.#hash.of(ids, position, end, seed)
      if (!this.#seen.add(this.#hash)) repeated.push(index)
      position = end
    }
    return repeated
  }

  #seed({ kind, sourceId }: AppendItem): HashSeed {
    const key = `${kind}\n${sourceId}`
    let seed = this.#seeds.get(key)
    if (!seed) {
      if (this.#seeds.size >= SEEDS_MAX) this.#seeds.clear()
      seed = sourceSeed(this.#secret, kind, sourceId)
      this.#seeds.set(key, seed)
    }
    return seed
  }
}
