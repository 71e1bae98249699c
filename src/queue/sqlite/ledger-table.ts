/**
 * The ledger's counters. What one transaction moves is gathered here and written as one change per counter row. Parked events of every queue
 * are counted too, those of `source:<id>` queues included, so that `depth` never has to look; they are no connections and not shown as such.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { FinalOutcome } from '../../model/outcome.ts'
import type { LedgerRow, QueueName } from '../queue.ts'

const SOURCE_QUEUE = 'source:'

export function isSourceQueue(queue: QueueName): boolean {
  return queue.startsWith(SOURCE_QUEUE)
}

type Counts = Record<FinalOutcome | 'parked', number>

interface SourceChange {
  accepted: number
  settled: number
}

interface ConnectionChange extends Counts {
  sourceId: string
  destinationId: string
}

export class LedgerTable {
  readonly #addToSource: StatementSync
  readonly #addToConnection: StatementSync
  readonly #readSources: StatementSync
  readonly #readConnections: StatementSync
  readonly #parked = new Map<QueueName, number>()
  #sources = new Map<string, SourceChange>()
  #connections = new Map<string, ConnectionChange>()

  constructor(db: DatabaseSync) {
    this.#addToSource = db.prepare(`INSERT INTO ledger_sources VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET accepted = accepted + excluded.accepted, settled = settled + excluded.settled`)
    this.#addToConnection = db.prepare(`INSERT INTO ledger_connections VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET delivered = delivered + excluded.delivered, filtered = filtered + excluded.filtered,
        discarded = discarded + excluded.discarded, buried = buried + excluded.buried, parked = parked + excluded.parked`)
    this.#readSources = db.prepare('SELECT source_id, accepted, settled FROM ledger_sources WHERE ?1 IS NULL OR source_id = ?1')
    this.#readConnections = db.prepare('SELECT * FROM ledger_connections WHERE ?1 IS NULL OR source_id = ?1 ORDER BY source_id, destination_id')
    const parked = db.prepare('SELECT destination_id AS queue, sum(parked) AS events FROM ledger_connections GROUP BY 1 HAVING events <> 0').all()
    for (const { queue, events } of parked as { queue: QueueName, events: number }[]) this.#parked.set(queue, events)
  }

  accept(sourceId: string, events: number): void {
    this.#source(sourceId).accepted += events
  }

  settle(sourceId: string, events: number): void {
    this.#source(sourceId).settled += events
  }

  /** Moves `events` (may be negative) into one counter of a connection; a `source:<id>` queue is only ever parked in. */
  count(at: { sourceId: string, destinationId: QueueName }, counter: keyof Counts, events: number): void {
    const key = `${at.sourceId}\n${at.destinationId}`
    let change = this.#connections.get(key)
    if (!change) {
      change = { sourceId: at.sourceId, destinationId: at.destinationId, delivered: 0, filtered: 0, discarded: 0, buried: 0, parked: 0 }
      this.#connections.set(key, change)
    }
    change[counter] += events
  }

  write(): void {
    for (const [sourceId, change] of this.#sources) this.#addToSource.run(sourceId, change.accepted, change.settled)
    for (const one of this.#connections.values()) {
      this.#addToConnection.run(one.sourceId, one.destinationId, one.delivered, one.filtered, one.discarded, one.buried, one.parked)
    }
  }

  /** Returns the queues whose parked events changed, with their number now. */
  committed(): [QueueName, number][] {
    const changed = new Map<QueueName, number>()
    for (const { destinationId, parked } of this.#connections.values()) {
      if (parked === 0) continue
      const events = (this.#parked.get(destinationId) ?? 0) + parked
      if (events === 0) this.#parked.delete(destinationId)
      else this.#parked.set(destinationId, events)
      changed.set(destinationId, events)
    }
    this.rolledBack()
    return [...changed]
  }

  rolledBack(): void {
    if (this.#sources.size > 0) this.#sources = new Map()
    if (this.#connections.size > 0) this.#connections = new Map()
  }

  parked(): [QueueName, number][] {
    return [...this.#parked]
  }

  read(sourceId?: string): LedgerRow[] {
    const rows = new Map<string, LedgerRow>()
    const rowOf = (id: string): LedgerRow => {
      const row = rows.get(id) ?? { sourceId: id, accepted: 0, settled: 0, connections: [] }
      rows.set(id, row)
      return row
    }
    for (const source of this.#readSources.all(sourceId ?? null) as unknown as (SourceChange & { source_id: string })[]) {
      Object.assign(rowOf(source.source_id), { accepted: source.accepted, settled: source.settled })
    }
    for (const one of this.#readConnections.all(sourceId ?? null) as unknown as (Counts & { source_id: string, destination_id: string })[]) {
      if (isSourceQueue(one.destination_id)) continue
      const row = rowOf(one.source_id)
      const { delivered, filtered, discarded, buried } = one
      row.connections.push({ destinationId: one.destination_id, delivered, filtered, discarded, buried, pending: row.accepted - row.settled + one.parked })
    }
    return [...rows.values()]
  }

  #source(sourceId: string): SourceChange {
    let change = this.#sources.get(sourceId)
    if (!change) {
      change = { accepted: 0, settled: 0 }
      this.#sources.set(sourceId, change)
    }
    return change
  }
}
