/**
 * Drives a queue with random but lawful operations and keeps the books beside it in the simplest way there is. After each step the ledger and
 * the depth must say what the books say.
 */
import { expect } from 'vitest'
import type { Entry, Job, LedgerRow, NewJob, Settlement } from '../../src/queue/queue.ts'
import { carriers, delivered, entry, job, record, settlement } from '../support/queue-material.ts'
import type { SeededRandom } from '../support/seeded-random.ts'
import type { QueueUnderTest } from './queue-under-test.ts'

const SOURCES = ['src_a', 'src_b']
const DESTINATIONS = ['dst_1', 'dst_2']
const OUTCOMES = ['delivered', 'filtered', 'discarded', 'buried', 'pending'] as const
const LEASE_MS = 60_000

interface Books {
  accepted: Map<string, number>
  settled: Map<string, number>
  /** By source, destination and outcome; `pending` is what is parked. */
  counts: Map<string, number>
  parked: Map<string, number>
  seen: Set<string>
  entries: Set<number>
}

type Step = (run: Run) => Promise<void>

interface Run {
  under: QueueUnderTest
  random: SeededRandom
  books: Books
  claimed: Entry[]
  jobs: Job[]
  ids: number
}

const STEPS: readonly Step[] = [appendStep, appendStep, appendStep, claimStep, claimStep, settleStep, settleStep, claimDueStep, settleJobStep, settleJobStep, staleStep, reviveStep, timeStep, reopenStep]

/** Returns how many events came in. */
export async function followModel(under: QueueUnderTest, random: SeededRandom, steps: number): Promise<number> {
  const books: Books = { accepted: new Map(), settled: new Map(), counts: new Map(), parked: new Map(), seen: new Set(), entries: new Set() }
  const run: Run = { under, random, books, claimed: [], jobs: [], ids: 0 }
  for (let step = 0; step < steps; step++) {
    await random.pick(STEPS)(run)
    const depth = under.queue.depth()
    expect(depth.entries).toBe(books.entries.size)
    expect(depth.parked).toEqual(Object.fromEntries([...books.parked].filter(([, events]) => events > 0)))
    expect(await under.queue.ledger()).toEqual(ledgerOf(books))
  }
  return books.seen.size
}

async function appendStep({ under, random, books, ...run }: Run): Promise<void> {
  const sourceId = random.pick(SOURCES)
  const ids = Array.from({ length: random.between(1, 6) }, () => `m${random.between(0, 400)}`)
  const isNew = ids.map((id) => !books.seen.has(`${sourceId} ${id}`) && (books.seen.add(`${sourceId} ${id}`), true))
  const { entryId, repeated } = await under.queue.append(entry(ids, { sourceId, receivedAt: run.ids }))
  expect(repeated).toEqual(ids.map((_, index) => index).filter((index) => !isNew[index]))
  if (entryId > 0) books.entries.add(entryId)
  add(books.accepted, sourceId, ids.length - repeated.length)
}

async function claimStep(run: Run): Promise<void> {
  const entries = await run.under.queue.claim({ eventsMax: run.random.between(1, 12), leaseMs: LEASE_MS, waitMs: 0 })
  const held = new Set(run.claimed.map(({ id }) => id))
  for (const one of entries) {
    expect(run.books.entries).toContain(one.id)
    expect(held).not.toContain(one.id)
  }
  run.claimed.push(...entries)
}

async function settleStep(run: Run): Promise<void> {
  const ending = run.claimed.shift()
  if (!ending) return
  const { parts, book } = endings(run, ending.sourceId, ending.events.map(({ messageId }) => messageId))
  expect(await run.under.queue.settle(settlement({ entryIds: [ending.id], ...parts }))).toMatchObject({ applied: true })
  run.books.entries.delete(ending.id)
  add(run.books.settled, ending.sourceId, ending.events.length)
  book()
}

async function claimDueStep(run: Run): Promise<void> {
  const queues = [...DESTINATIONS, ...SOURCES.map((id) => `source:${id}`)]
  run.jobs.push(...await run.under.queue.claimDue({ queues, jobsMax: 3, leaseMs: LEASE_MS }))
}

async function settleJobStep(run: Run): Promise<void> {
  const held = run.jobs.shift()
  if (!held) return
  const { parts, book } = endings(run, held.sourceId, held.events.map(({ messageId }) => messageId))
  expect(await run.under.queue.settle(settlement({ jobs: [{ id: held.id, lease: held.lease }], ...parts }))).toMatchObject({ applied: true })
  unpark(run.books, held)
  book()
}

async function staleStep(run: Run): Promise<void> {
  const { parts } = endings(run, 'src_a', ['stale'])
  expect(await run.under.queue.settle(settlement({ entryIds: [999_999_999], ...parts }))).toMatchObject({ applied: false })
  const held = run.jobs[0]
  if (held) expect(await run.under.queue.settle(settlement({ jobs: [{ id: held.id, lease: held.lease - 1 }], ...parts }))).toMatchObject({ applied: false })
}

async function reviveStep({ under, random, books }: Run): Promise<void> {
  const destinationId = random.pick(DESTINATIONS)
  const outcome = random.pick(['filtered', 'discarded', 'buried'] as const)
  const revived = await under.queue.revive({ destinationId, outcome })
  let expected = 0
  for (const sourceId of SOURCES) {
    const events = books.counts.get(`${sourceId} ${destinationId} ${outcome}`) ?? 0
    expected += events
    if (events === 0) continue
    add(books.counts, `${sourceId} ${destinationId} ${outcome}`, -events)
    add(books.counts, `${sourceId} ${destinationId} pending`, events)
    add(books.parked, destinationId, events)
  }
  expect(revived).toBe(expected)
}

async function timeStep(run: Run): Promise<void> {
  run.under.clock.advance(run.random.between(1, 3) * 40_000)
  // What may have lapsed is not settled any more, so that every later settlement is one that must be applied.
  run.claimed = []
  run.jobs = []
  run.under.clock.advance(LEASE_MS)
}

async function reopenStep(run: Run): Promise<void> {
  if (run.random.next() < 0.6) return
  await run.under.reopen(run.random.next() < 0.5 ? { handoverBytesMax: 600 } : {})
  run.claimed = []
  run.jobs = []
}

/** Splits events into what may become of them, and says how the books change with it. */
function endings(run: Run, sourceId: string, ids: readonly string[]): { parts: Partial<Settlement>, book: () => void } {
  const parts = { delivered: [], records: [], parked: [] } as Pick<Settlement, 'delivered' | 'records' | 'parked'>
  const { books, random } = run
  const now = run.under.clock.now()
  const heldBack = ids.filter(() => random.next() < 0.15)
  if (heldBack.length > 0) parts.parked.push(job(heldBack, { queue: `source:${sourceId}`, sourceId, dueAt: now }))
  const counted: string[] = []
  for (const destinationId of DESTINATIONS) {
    for (const id of ids.filter((one) => !heldBack.includes(one))) {
      const outcome = random.pick(OUTCOMES)
      counted.push(`${sourceId} ${destinationId} ${outcome}`)
      if (outcome === 'delivered') parts.delivered.push(delivered([id], { sourceId, destinationId, at: now }))
      else if (outcome === 'pending') parts.parked.push(job([id], { queue: destinationId, sourceId, dueAt: now + random.between(0, 3) * 10_000 }))
      else parts.records.push(record(id, { sourceId, destinationId, outcome, at: now, event: carriers(id)[0]! }))
    }
  }
  const book = (): void => {
    for (const key of counted) add(books.counts, key, 1)
    for (const one of parts.parked) add(books.parked, one.queue, one.events.length)
    add(books.settled, sourceId, -heldBack.length)
  }
  return { parts, book }
}

function unpark(books: Books, held: NewJob): void {
  add(books.parked, held.queue, -held.events.length)
  if (held.queue.startsWith('source:')) add(books.settled, held.sourceId, held.events.length)
  else add(books.counts, `${held.sourceId} ${held.queue} pending`, -held.events.length)
}

function ledgerOf({ accepted, settled, counts }: Books): LedgerRow[] {
  return SOURCES.filter((sourceId) => accepted.has(sourceId)).map((sourceId) => {
    const inLog = (accepted.get(sourceId) ?? 0) - (settled.get(sourceId) ?? 0)
    const connections = DESTINATIONS.filter((destinationId) => OUTCOMES.some((outcome) => counts.has(`${sourceId} ${destinationId} ${outcome}`)))
    return {
      sourceId,
      accepted: accepted.get(sourceId) ?? 0,
      settled: settled.get(sourceId) ?? 0,
      connections: connections.map((destinationId) => {
        const of = (outcome: string): number => counts.get(`${sourceId} ${destinationId} ${outcome}`) ?? 0
        return { destinationId, delivered: of('delivered'), filtered: of('filtered'), discarded: of('discarded'), buried: of('buried'), pending: of('pending') + inLog }
      }),
    }
  })
}

function add(counts: Map<string, number>, key: string, events: number): void {
  counts.set(key, (counts.get(key) ?? 0) + events)
}
