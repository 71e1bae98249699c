/** Turns a settlement into what the writer takes: texts packed into regions, events that ended alike put together. */
import type { EventCarrier } from '../../model/event.ts'
import type { DeliveryRecord, NewEntry, NewJob, Settlement } from '../queue.ts'
import type { AppendItem, EndedItem, ParkItem, SettleItem } from './protocol.ts'
import type { Packer } from './region.ts'

/** Listing one event of a row reads the whole row, so rows stay small. */
const EVENTS_PER_ROW_MAX = 100

export function packEntry(entry: NewEntry, packer: Packer): AppendItem {
  return { do: 'append', sourceId: entry.sourceId, kind: entry.kind, receivedAt: entry.receivedAt, packed: packer.packEvents(entry.events) }
}

export function packSettlement(settlement: Settlement, packer: Packer): SettleItem {
  const ended: EndedItem[] = settlement.delivered.map(({ messageIds, ...batch }) => ({
    ...batch, kind: null, outcome: 'delivered', code: null, message: null, detail: null, packed: packer.packIds(messageIds),
  }))
  packRecords(settlement.records, packer, ended)
  return {
    do: 'settle',
    entryIds: settlement.entryIds,
    jobs: settlement.jobs,
    ended,
    parked: settlement.parked.map((job) => packJob(job, packer)),
    derived: settlement.derived.map((entry) => packEntry(entry, packer)),
  }
}

export function eventsIn(settlement: Settlement): number {
  let events = settlement.entryIds.length + settlement.records.length
  for (const { messageIds } of settlement.delivered) events += messageIds.length
  for (const job of settlement.parked) events += job.events.length
  for (const entry of settlement.derived) events += entry.events.length
  return events
}

function packRecords(records: readonly DeliveryRecord[], packer: Packer, into: EndedItem[]): void {
  for (let start = 0; start < records.length;) {
    const first = records[start] as DeliveryRecord
    const events: EventCarrier[] = []
    let end = start
    for (; end < records.length && events.length < EVENTS_PER_ROW_MAX && endedAlike(first, records[end] as DeliveryRecord); end++) {
      events.push((records[end] as DeliveryRecord).event)
    }
    const { sourceId, destinationId, kind, outcome, code, attempts, at } = first
    into.push({
      sourceId, destinationId, kind, outcome, code, message: first.message ?? null, detail: textOrNull(first.detail), attempts, at,
      packed: packer.packEvents(events),
    })
    start = end
  }
}

function endedAlike(one: DeliveryRecord, other: DeliveryRecord): boolean {
  return one.destinationId === other.destinationId && one.sourceId === other.sourceId && one.kind === other.kind
    && one.outcome === other.outcome && one.code === other.code && one.at === other.at && one.attempts === other.attempts && one.message === other.message && one.detail === other.detail
}

function packJob(job: NewJob, packer: Packer): ParkItem {
  const { queue, sourceId, kind, attempt, firstAt, dueAt, strikes, code } = job
  return {
    queue, sourceId, kind, attempt, firstAt, dueAt, strikes, code, message: job.message ?? null, detail: textOrNull(job.detail),
    leasedUntil: job.leasedUntil ?? 0, packed: packer.packEvents(job.events),
  }
}

function textOrNull(detail: object | undefined): string | null {
  return detail === undefined ? null : JSON.stringify(detail)
}
