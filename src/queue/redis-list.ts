/**
 * Pages of deliveries, newest first, merged from all partitions: by time, then number, then partition, then place in the batch, last first.
 * A row is a record, a parked job or a batch of delivered messages; what is listed are their events.
 */
import { SluiceError } from '../base/errors.ts'
import type { DeliveryPage, ListedDelivery, ListRequest } from './queue.ts'
import { connectionsOf, readCounters } from './redis-ledger.ts'
import type { RedisLink } from './redis-link.ts'
import { unpack, type JobHead, type RecordHead } from './redis-pack.ts'
import { idOf, padded, partitionOf } from './redis-partition.ts'

const MESSAGE_ROWS_MAX = 10_000
const BATCHES_PER_STEP = 100

/** A place in the order: everything before it has been shown. */
interface Position {
  /** Milliseconds, with a fraction for the order within. */
  at: number
  number: number
  partition: number
  index: number
}

type Row = Position & { delivery: ListedDelivery }

export async function listDeliveries(link: RedisLink, partitions: number, request: ListRequest): Promise<DeliveryPage> {
  const position = request.cursor === undefined ? undefined : readCursor(request.cursor)
  const asked = request.sourceId === undefined ? [...Array.from({ length: partitions }).keys()] : [partitionOf(request.sourceId, partitions)]
  // One more to know whether there is a next page, and one because the row of the position may have been shown to its end.
  const wanted = { ...request, count: request.count + 2 }
  const found = await Promise.all(asked.map((partition) =>
    (request.messageId === undefined ? newestRows(link, partition, { request: wanted, position }) : rowsOfMessage(link, partition, request))))
  const rows = found.flat()
    .filter((row) => matches(row.delivery, request) && (!position || isBehind(row, position)))
    .sort((one, other) => (isBehind(one, other) ? 1 : -1))
  const page = rows.slice(0, request.count)
  return { deliveries: page.map(({ delivery }) => delivery), ...(rows.length > page.length && page.length > 0 && { next: cursorOf(page.at(-1)!) }) }
}

async function newestRows(link: RedisLink, partition: number, { request, position }: { request: ListRequest, position?: Position }): Promise<Row[]> {
  const connections = connectionsOf(await readCounters(link, partition)).filter((one) =>
    (request.outcome === undefined || one.outcome === request.outcome)
    && (request.destinationId === undefined || one.destinationId === request.destinationId)
    && (request.sourceId === undefined || one.sourceId === request.sourceId))
  if (connections.length === 0) return []
  const newest = position ? String(position.at) : request.to === undefined ? '+inf' : `(${request.to}`
  const reply = await link.run('list', partition, [
    request.count, request.from ?? '-inf', newest, position ? padded(position.number) : '',
    ...connections.map((one) => `${one.outcome}|${one.sourceId}|${one.destinationId}`),
  ]) as (string | number)[]
  const rows: Row[] = []
  for (let index = 0; index < reply.length; index += 5) {
    const [connection, id, place, packed, due] = reply.slice(index, index + 5) as [number, string, string, string, string]
    const at = { at: Number(place), number: Number(id), partition }
    rows.push(...(connections[connection]!.outcome === 'pending' ? rowsOfJob(at, packed, Number(due)) : rowsOfRecord(at, packed)))
  }
  return rows
}

async function rowsOfMessage(link: RedisLink, partition: number, request: ListRequest): Promise<Row[]> {
  const reply = await link.run('find-message', partition, [request.messageId!, MESSAGE_ROWS_MAX]) as string[]
  const rows: Row[] = []
  for (let index = 0; index < reply.length; index += 4) {
    const [tag, id, packed, due] = reply.slice(index, index + 4) as [string, string, string, string]
    const at = { at: placeOf(packed), number: Number(id), partition }
    rows.push(...(tag === 'j' ? rowsOfJob(at, packed, Number(due)) : rowsOfRecord(at, packed)))
  }
  if (request.outcome === undefined || request.outcome === 'delivered') rows.push(...await deliveredRowsOfMessage(link, partition, request))
  return rows
}

/** Delivered messages have no index, that would cost more than all the rest; the kept batches are few enough to look through. */
async function deliveredRowsOfMessage(link: RedisLink, partition: number, request: ListRequest): Promise<Row[]> {
  const rows: Row[] = []
  const connections = connectionsOf(await readCounters(link, partition)).filter((one) => one.outcome === 'delivered'
    && (request.destinationId === undefined || one.destinationId === request.destinationId)
    && (request.sourceId === undefined || one.sourceId === request.sourceId))
  for (const { sourceId, destinationId } of connections) {
    for (let rank = 0; ; rank += BATCHES_PER_STEP) {
      const [looked, ...found] = await link.run('find-delivered', partition, [
        `${sourceId}|${destinationId}`, JSON.stringify(request.messageId), rank, BATCHES_PER_STEP,
      ]) as [number, ...string[]]
      for (let index = 0; index < found.length; index += 2) rows.push(...rowsOfRecord({ at: placeOf(found[index + 1]!), number: Number(found[index]), partition }, found[index + 1]!))
      if (looked < BATCHES_PER_STEP) break
    }
  }
  return rows
}

/** Where there is only the row itself, its whole millisecond must do. */
function placeOf(packed: string): number {
  return unpack<RecordHead | JobHead>(packed).head.at
}

function rowsOfRecord({ at, number, partition }: Omit<Position, 'index'>, packed: string): Row[] {
  const { head, detail, events } = unpack<RecordHead>(packed)
  return head.ids.map((messageId, index) => ({
    at, number, partition, index,
    delivery: {
      id: `${idOf(number, partition)}-${index}`,
      sourceId: head.s,
      destinationId: head.d,
      messageId,
      outcome: head.o,
      ...(head.c !== undefined && { code: head.c }),
      ...(head.m !== undefined && { message: head.m }),
      ...(detail && { detail }),
      attempts: head.t,
      at: head.at,
      ...(events[index] && { event: events[index].text }),
    },
  }))
}

function rowsOfJob({ at, number, partition }: Omit<Position, 'index'>, packed: string, dueAt: number): Row[] {
  const { head, detail, events } = unpack<JobHead>(packed)
  return head.ids.map((messageId, index) => ({
    at, number, partition, index,
    delivery: {
      id: `${idOf(number, partition)}-${index}`,
      sourceId: head.s,
      destinationId: head.q,
      messageId,
      outcome: 'pending' as const,
      code: head.c,
      ...(head.m !== undefined && { message: head.m }),
      ...(detail && { detail }),
      attempts: head.t,
      at: head.at,
      dueAt,
      event: events[index]!.text,
    },
  }))
}

function matches(delivery: ListedDelivery, request: ListRequest): boolean {
  return (request.sourceId === undefined || delivery.sourceId === request.sourceId)
    && (request.destinationId === undefined || delivery.destinationId === request.destinationId)
    && (request.messageId === undefined || delivery.messageId === request.messageId)
    && (request.outcome === undefined || delivery.outcome === request.outcome)
    && (request.from === undefined || delivery.at >= request.from)
    && (request.to === undefined || delivery.at < request.to)
}

/** Whether `one` comes after `other` in the list. */
function isBehind(one: Position, other: Position): boolean {
  if (one.at !== other.at) return one.at < other.at
  if (one.number !== other.number) return one.number < other.number
  if (one.partition !== other.partition) return one.partition < other.partition
  return one.index < other.index
}

function cursorOf({ at, number, partition, index }: Position): string {
  return Buffer.from(JSON.stringify([at, number, partition, index])).toString('base64url')
}

function readCursor(cursor: string): Position {
  let values: unknown
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    values = undefined
  }
  if (!Array.isArray(values) || values.length !== 4 || !values.every((value) => typeof value === 'number' && Number.isFinite(value))) {
    throw new SluiceError('invalid_request', { message: 'The cursor is not one of ours; send the "next" of an earlier page as it is, or none.', field: 'cursor' })
  }
  const [at, number, partition, index] = values as [number, number, number, number]
  return { at, number, partition, index }
}
