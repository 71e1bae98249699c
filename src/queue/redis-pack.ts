/**
 * How entries, jobs and records are laid out in Redis: lines of JSON, then the texts of their events one after the other.
 * Short names, because each is stored a million times; `redis/jobs.lua` reads the first line too.
 */
import { hash } from 'node:crypto'
import type { ErrorCode } from '../base/errors.ts'
import { EventCarrier } from '../model/event.ts'
import type { FinalOutcome, OutcomeDetail } from '../model/outcome.ts'
import type { DeliveredBatch, DeliveryRecord, Entry, Job, NewEntry, NewJob } from './queue.ts'
import { idOf } from './redis-partition.ts'

interface Texts {
  ids: string[]
  /** Lengths of the texts in UTF-16 units, as JavaScript cuts. */
  l: number[]
}

interface EntryHead extends Texts {
  s: string
  k: Entry['kind']
  /** Received at. */
  r: number
}

export interface JobHead extends Texts {
  q: string
  s: string
  k: Job['kind']
  /** Last tried at. */
  at: number
  /** First tried at. */
  f: number
  due: number
  /** Attempts. */
  t: number
  /** Strikes. */
  x: number
  c: ErrorCode
  m?: string
}

export interface RecordHead extends Texts {
  o: FinalOutcome
  /** Absent for plain successes. */
  k?: DeliveryRecord['kind']
  s: string
  d: string
  at: number
  t: number
  c?: ErrorCode
  m?: string
}

/** 84 bits of SHA-256: a billion remembered messages mistake a new one for an old one once in 10^16. */
const DIGEST_CHARS = 14

/** What dedup remembers of each message, one after the other. */
export function digestsOf({ kind, sourceId, events }: NewEntry): string {
  let digests = ''
  for (const { messageId } of events) digests += hash('sha256', `${kind}\n${sourceId}\n${messageId}`, 'base64').slice(0, DIGEST_CHARS)
  return digests
}

export function packEntry({ sourceId, kind, receivedAt, events }: NewEntry): string {
  const head: EntryHead = { s: sourceId, k: kind, r: receivedAt, ...textsOf(events) }
  return `${JSON.stringify(head)}\n${joined(events)}`
}

/** `leftOut`: indexes of the events that were repeated, by comma. */
export function unpackEntry(id: number, packed: string, leftOut: string): Entry {
  const line = packed.indexOf('\n')
  const head = JSON.parse(packed.slice(0, line)) as EntryHead
  const events = carriers(head, packed, line + 1)
  const without = leftOut === '' ? undefined : new Set(leftOut.split(',').map(Number))
  return { id, sourceId: head.s, kind: head.k, receivedAt: head.r, events: without ? events.filter((_, index) => !without.has(index)) : events }
}

export function packJob(job: NewJob, at: number): string {
  const { queue, sourceId, kind, firstAt, dueAt, attempt, strikes, code, message, detail, events } = job
  const head: JobHead = { q: queue, s: sourceId, k: kind, at, f: firstAt, due: dueAt, t: attempt, x: strikes, c: code, m: message, ...textsOf(events) }
  return `${JSON.stringify(head)}\n${detailLine(detail)}\n${joined(events)}`
}

export function unpackJob(at: { number: number, partition: number, lease: number, dueAt: number }, packed: string): Job {
  const { head, detail, events } = unpack<JobHead>(packed)
  return {
    id: idOf(at.number, at.partition),
    lease: at.lease,
    queue: head.q,
    sourceId: head.s,
    kind: head.k,
    events,
    attempt: head.t,
    firstAt: head.f,
    dueAt: at.dueAt,
    strikes: head.x,
    code: head.c,
    ...(head.m !== undefined && { message: head.m }),
    ...(detail && { detail }),
  }
}

export function packRecord(record: DeliveryRecord): string {
  const { sourceId, destinationId, kind, event, outcome, code, message, detail, attempts, at } = record
  const head: RecordHead = { o: outcome, k: kind, s: sourceId, d: destinationId, at, t: attempts, c: code, m: message, ...textsOf([event]) }
  return `${JSON.stringify(head)}\n${detailLine(detail)}\n${event.text}`
}

/** The texts of what was delivered are not kept. */
export function packDelivered({ sourceId, destinationId, messageIds, attempts, at }: DeliveredBatch): string {
  const head: RecordHead = { o: 'delivered', s: sourceId, d: destinationId, at, t: attempts, ids: messageIds, l: [] }
  return `${JSON.stringify(head)}\n\n`
}

export function unpack<Head extends Texts>(packed: string): { head: Head, detail?: OutcomeDetail, events: EventCarrier[] } {
  const line = packed.indexOf('\n')
  const second = packed.indexOf('\n', line + 1)
  const head = JSON.parse(packed.slice(0, line)) as Head
  const detail = second > line + 1 ? JSON.parse(packed.slice(line + 1, second)) as OutcomeDetail : undefined
  return { head, ...(detail && { detail }), events: carriers(head, packed, second + 1) }
}

function textsOf(events: readonly EventCarrier[]): Texts {
  const ids: string[] = []
  const lengths: number[] = []
  for (const { messageId, text } of events) {
    ids.push(messageId)
    lengths.push(text.length)
  }
  return { ids, l: lengths }
}

function joined(events: readonly EventCarrier[]): string {
  let texts = ''
  for (const { text } of events) texts += text
  return texts
}

function carriers({ ids, l }: Texts, packed: string, start: number): EventCarrier[] {
  const events: EventCarrier[] = []
  let position = start
  for (let index = 0; index < l.length; index++) {
    const end = position + l[index]!
    events.push(new EventCarrier(packed.slice(position, end), ids[index]!))
    position = end
  }
  return events
}

function detailLine(detail: OutcomeDetail | undefined): string {
  return detail === undefined ? '' : JSON.stringify(detail)
}
