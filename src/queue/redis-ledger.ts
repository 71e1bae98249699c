/** The ledger's rows from the counters of the partitions. */
import type { FinalOutcome } from '../model/outcome.ts'
import { FINAL_OUTCOMES } from '../model/outcome.ts'
import type { LedgerConnection, LedgerRow } from './queue.ts'
import type { RedisLink } from './redis-link.ts'

const SOURCE_QUEUE = 'source:'

/** What one partition knows, read at one moment. */
export interface PartitionCounters {
  partition: number
  /** `accepted|<source>`, `settled|<source>` and `<outcome>|<source>|<destination>`. */
  counters: Map<string, number>
  /** `<source>|<queue>`; only where there are some. */
  parked: Map<string, number>
}

export async function readCounters(link: RedisLink, partition: number): Promise<PartitionCounters> {
  const [counters, parked] = await link.run('ledger', partition, []) as [string[], string[]]
  return { partition, counters: mapOf(counters), parked: mapOf(parked) }
}

/** By source and destination; queues of sources are no connections, what they hold is not settled. */
export function ledgerRows(all: readonly PartitionCounters[], sourceId?: string): LedgerRow[] {
  const rows = new Map<string, { row: LedgerRow, connections: Map<string, LedgerConnection> }>()
  const rowOf = (id: string) => {
    let found = rows.get(id)
    if (!found) rows.set(id, (found = { row: { sourceId: id, accepted: 0, settled: 0, connections: [] }, connections: new Map() }))
    return found
  }
  const connectionOf = (source: string, destinationId: string): LedgerConnection => {
    const { connections } = rowOf(source)
    let found = connections.get(destinationId)
    if (!found) connections.set(destinationId, (found = { destinationId, delivered: 0, filtered: 0, discarded: 0, buried: 0, pending: 0 }))
    return found
  }
  for (const { counters, parked } of all) {
    for (const [field, events] of counters) {
      const [counter, source, destination] = split(field)
      if (destination === undefined) rowOf(source).row[counter as 'accepted' | 'settled'] += events
      else if (!destination.startsWith(SOURCE_QUEUE)) connectionOf(source, destination)[counter as FinalOutcome] += events
    }
    for (const [field, events] of parked) {
      const [source, queue] = cut(field)
      if (!queue.startsWith(SOURCE_QUEUE)) connectionOf(source, queue).pending += events
    }
  }
  return [...rows.values()].filter(({ row }) => sourceId === undefined || row.sourceId === sourceId).map(({ row, connections }) => {
    row.connections = [...connections.values()].sort((one, other) => (one.destinationId < other.destinationId ? -1 : 1))
    for (const connection of row.connections) connection.pending += row.accepted - row.settled
    return row
  }).sort((one, other) => (one.sourceId < other.sourceId ? -1 : 1))
}

/** Where rows of deliveries can be, as `<outcome>|<source>|<destination>`. */
export function connectionsOf({ counters, parked }: PartitionCounters): { outcome: FinalOutcome | 'pending', sourceId: string, destinationId: string }[] {
  const ended = [...counters.keys()].map(split).filter(([counter]) => (FINAL_OUTCOMES as readonly string[]).includes(counter))
    .map(([outcome, sourceId, destinationId]) => ({ outcome: outcome as FinalOutcome, sourceId, destinationId: destinationId! }))
  const pending = [...parked.keys()].map(cut).map(([sourceId, destinationId]) => ({ outcome: 'pending' as const, sourceId, destinationId }))
  return [...ended, ...pending]
}

function split(field: string): [string, string, string | undefined] {
  const [counter, rest] = cut(field)
  if (!rest.includes('|')) return [counter, rest, undefined]
  return [counter, ...cut(rest)]
}

function cut(field: string): [string, string] {
  const bar = field.indexOf('|')
  return [field.slice(0, bar), field.slice(bar + 1)]
}

function mapOf(flat: readonly string[]): Map<string, number> {
  const map = new Map<string, number>()
  for (let index = 0; index < flat.length; index += 2) map.set(flat[index]!, Number(flat[index + 1]))
  return map
}
