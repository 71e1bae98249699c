/**
 * A settlement, cut by partition and put into the arguments of `redis/settle.lua`. What belongs to one source is in one partition, so the
 * worker's settlements are one part. One over several partitions first makes sure of all its claims, then ends them part by part: it is
 * all or nothing unless a lease runs out, or the process dies, in between; each source's ledger is exact even then.
 */
import { randomUUID } from 'node:crypto'
import type { Limits } from '../base/limits.ts'
import type { Settled, Settlement } from './queue.ts'
import type { HeldEntry } from './redis-claims.ts'
import { digestsOf, packDelivered, packEntry, packJob, packRecord } from './redis-pack.ts'
import { idOf, numberOf, padded, partitionOf } from './redis-partition.ts'

/** The part of a settlement that is in one partition. */
export interface SettlementPart {
  partition: number
  token: string
  entryIds: number[]
  jobs: Settlement['jobs']
  delivered: Settlement['delivered']
  records: Settlement['records']
  parked: { job: Settlement['parked'][number], place: number }[]
  derived: Settlement['derived']
}

/** A part ready to be sent. */
export interface SettlementCall {
  partition: number
  token: string
  head: string
  bodies: string[]
  bytes: number
  events: number
}

/** What Redis answers per settlement: absent when a claim was lost, else the numbers of the jobs it parked. */
export type SettlementAnswer = number[] | undefined

interface BuildOptions {
  held: ReadonlyMap<number, HeldEntry>
  now: number
  /** A time as the end of a lease of this process. */
  withOwner: (end: number) => number
  /** A time as the place of the next row of that time. */
  place: (at: number) => number
}

/** Parts by partition. The same settlement always gets the same tokens: tried again after an unknown end, it is not written twice. */
export class SettlementParts {
  readonly #tokens = new WeakMap<Settlement, string>()
  readonly #partitions: number

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  of(settlement: Settlement): SettlementPart[] {
    let token = this.#tokens.get(settlement)
    if (token === undefined) this.#tokens.set(settlement, (token = randomUUID()))
    const parts = new Map<number, SettlementPart>()
    const part = (partition: number): SettlementPart => {
      let found = parts.get(partition)
      if (!found) parts.set(partition, (found = { partition, token, entryIds: [], jobs: [], delivered: [], records: [], parked: [], derived: [] }))
      return found
    }
    const ofSource = ({ sourceId }: { sourceId: string }): SettlementPart => part(partitionOf(sourceId, this.#partitions))
    for (const id of new Set(settlement.entryIds)) part(numberOf(id).partition).entryIds.push(id)
    for (const [id, lease] of new Map(settlement.jobs.map((job) => [job.id, job.lease]))) part(numberOf(id).partition).jobs.push({ id, lease })
    for (const batch of settlement.delivered) if (batch.messageIds.length > 0) ofSource(batch).delivered.push(batch)
    for (const record of settlement.records) ofSource(record).records.push(record)
    settlement.parked.forEach((job, place) => ofSource(job).parked.push({ job, place }))
    for (const entry of settlement.derived) if (entry.events.length > 0) ofSource(entry).derived.push(entry)
    return [...parts.values()]
  }
}

export function buildCall(part: SettlementPart, { held, now, withOwner, place }: BuildOptions): SettlementCall {
  const settled = new Map<string, number>()
  let bytes = 0
  for (const entry of part.entryIds.flatMap((id) => held.get(id) ?? [])) {
    bytes += entry.bytes
    settled.set(entry.sourceId, (settled.get(entry.sourceId) ?? 0) + entry.settles)
  }
  const bodies = [
    ...part.delivered.map(packDelivered),
    ...part.records.map(packRecord),
    ...part.parked.map(({ job }) => packJob(job, now)),
    ...part.derived.map(packEntry),
  ]
  const head = JSON.stringify({
    ...claimsOf(part, held),
    n: bodies.length,
    b: bytes,
    c: [...settled],
    d: part.delivered.map((batch) => [batch.sourceId, batch.destinationId, batch.messageIds.length, place(batch.at)]),
    r: part.records.map((record) => [record.outcome, record.sourceId, record.destinationId, place(record.at), record.event.messageId]),
    p: part.parked.map(({ job }) => [job.leasedUntil === undefined ? 0 : withOwner(job.leasedUntil), place(now)]),
    a: part.derived.map((entry) => [entry.sourceId, entry.kind, digestsOf(entry)]),
  })
  return sized({ partition: part.partition, token: part.token, head, bodies })
}

/** Only looks whether the part's claims are held. */
export function buildCheck(part: SettlementPart, held: ReadonlyMap<number, HeldEntry>): SettlementCall {
  const head = JSON.stringify({ ...claimsOf(part, held), n: 0, only: 'check' })
  return sized({ partition: part.partition, token: part.token, head, bodies: [] })
}

/** The answers of all parts, put back into the order of the settlement's parked jobs. */
export function joinAnswers(parts: readonly SettlementPart[], answers: readonly number[][], { parked, withOwner }: { parked: Settlement['parked'], withOwner: (end: number) => number }): Settled {
  const jobs: Settled['jobs'] = parked.map(() => ({ id: 0, lease: 0 }))
  parts.forEach((part, index) => part.parked.forEach(({ job, place }, order) => {
    jobs[place] = { id: idOf(answers[index]![order]!, part.partition), lease: job.leasedUntil === undefined ? 0 : withOwner(job.leasedUntil) }
  }))
  return { applied: true, jobs }
}

/** The arguments of one call for a group of them. */
export function settleArguments(calls: readonly SettlementCall[], given: { dedup: (string | number)[], consumer: string, confirmed: string[], limits: Limits }): (string | number)[] {
  const { filteredRecordsPerConnectionMax, recordsPerConnectionMax, deliveredBatchesPerConnectionMax } = given.limits
  return [
    ...given.dedup, given.consumer, JSON.stringify(given.confirmed),
    filteredRecordsPerConnectionMax, recordsPerConnectionMax, deliveredBatchesPerConnectionMax,
    ...calls.flatMap(({ head, bodies }) => [head, ...bodies]),
  ]
}

function claimsOf(part: SettlementPart, held: ReadonlyMap<number, HeldEntry>) {
  const claimed = part.entryIds.filter((id) => held.has(id))
  const text = (id: number): string => String(numberOf(id).number)
  return {
    t: part.token,
    e: claimed.map(text),
    l: claimed.map((id) => held.get(id)!.lease),
    k: claimed.map((id) => held.get(id)!.token),
    u: part.entryIds.filter((id) => !held.has(id)).map(text),
    j: part.jobs.map(({ id, lease }) => [padded(numberOf(id).number), lease]),
  }
}

function sized(call: Omit<SettlementCall, 'bytes' | 'events'>): SettlementCall {
  const bytes = call.bodies.reduce((sum, body) => sum + body.length, call.head.length)
  return { ...call, bytes, events: call.bodies.length }
}
