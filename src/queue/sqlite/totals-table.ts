/** Single values of the file: what the log holds, the next id, and the secret that seeds the hashes. */
import { randomBytes } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** The next id is written this far ahead, so that most transactions need not. */
const IDS_RESERVED = 10_000

export class TotalsTable {
  readonly secret: Uint8Array
  readonly #put: StatementSync
  #entries: number
  #bytes: number
  #nextId: number
  #reservedId: number
  #change = { entries: 0, bytes: 0, reservedId: 0 }

  constructor(db: DatabaseSync) {
    this.#put = db.prepare('INSERT OR REPLACE INTO totals (name, value) VALUES (?, ?)')
    const rows = db.prepare('SELECT name, value FROM totals').all() as { name: string, value: number | Uint8Array }[]
    const values = new Map(rows.map(({ name, value }) => [name, value]))
    const secret = values.get('secret') as Uint8Array | undefined
    this.secret = secret ?? randomBytes(16)
    if (!secret) this.#put.run('secret', this.secret)
    this.#entries = (values.get('entries') as number | undefined) ?? 0
    this.#bytes = (values.get('bytes') as number | undefined) ?? 0
    this.#nextId = this.#reservedId = (values.get('next_id') as number | undefined) ?? 1
  }

  get entries(): number {
    return this.#entries
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The highest id given out; log entries, jobs and ended rows share the sequence. */
  get lastId(): number {
    return this.#nextId - 1
  }

  readonly takeId = (): number => this.#nextId++

  add(entries: number, bytes: number): void {
    this.#change.entries += entries
    this.#change.bytes += bytes
  }

  write(): void {
    const { entries, bytes } = this.#change
    if (entries !== 0) this.#put.run('entries', this.#entries + entries)
    if (bytes !== 0) this.#put.run('bytes', this.#bytes + bytes)
    if (this.#nextId <= this.#reservedId && this.#reservedId > 1) return
    this.#change.reservedId = this.#nextId + IDS_RESERVED
    this.#put.run('next_id', this.#change.reservedId)
  }

  committed(): void {
    this.#entries += this.#change.entries
    this.#bytes += this.#change.bytes
    if (this.#change.reservedId > 0) this.#reservedId = this.#change.reservedId
    this.rolledBack()
  }

  rolledBack(): void {
    this.#change = { entries: 0, bytes: 0, reservedId: 0 }
  }
}
