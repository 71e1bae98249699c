import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { EventCarrier } from '../../../src/model/event.ts'
import { detailOfEvent, type OutcomeDetail } from '../../../src/model/outcome.ts'
import { SettlementDraft, type Owner } from '../../../src/worker/settlement-draft.ts'

const owner: Owner = { queue: 'dst', sourceId: 'src', kind: 'events' }
const event = (id: string) => new EventCarrier(`{"messageId":"${id}"}`, id)
const again = (strikes: number, dueAt = 50) => ({
  kind: 'again' as const, state: { attempt: 1, firstAt: 1, strikes }, dueAt, outcome: { kind: 'retry' as const, code: 'destination_error' as const },
})

describe('SettlementDraft', () => {
  it('gathers successes of a destination in one batch, by attempts', () => {
    const draft = new SettlementDraft({ entryIds: [1], jobs: [] })
    draft.add(owner, event('a'), { verdict: { kind: 'over', outcome: { kind: 'delivered' }, attempts: 1 }, now: 9 })
    draft.add(owner, event('b'), { verdict: { kind: 'over', outcome: { kind: 'delivered' }, attempts: 1 }, now: 9 })
    draft.add(owner, event('c'), { verdict: { kind: 'over', outcome: { kind: 'delivered' }, attempts: 3 }, now: 9 })
    expect(draft.build().delivered).toEqual([
      { sourceId: 'src', destinationId: 'dst', messageIds: ['a', 'b'], attempts: 1, at: 9 },
      { sourceId: 'src', destinationId: 'dst', messageIds: ['c'], attempts: 3, at: 9 },
    ])
  })

  it('parks what failed alike in one job, and every suspect in one of its own', () => {
    const draft = new SettlementDraft({ entryIds: [1], jobs: [] })
    for (const id of ['a', 'b']) draft.add(owner, event(id), { verdict: again(0), now: 9 })
    draft.add(owner, event('later'), { verdict: again(0, 99), now: 9 })
    for (const id of ['x', 'y']) draft.add(owner, event(id), { verdict: again(1), now: 9 })
    expect(draft.build().parked.map((job) => job.events.map((carrier) => carrier.messageId))).toEqual([['a', 'b'], ['later'], ['x'], ['y']])
  })

  it('keeps what is still to be transformed apart from what is not, in jobs and in records', () => {
    const draft = new SettlementDraft({ entryIds: [1], jobs: [] })
    const received: Owner = { ...owner, kind: 'untransformed' }
    for (const [one, id] of [[owner, 'a'], [received, 'b'], [owner, 'c']] as const) draft.add(one, event(id), { verdict: again(0), now: 9 })
    draft.add(received, event('d'), { verdict: { kind: 'over', outcome: { kind: 'discarded', code: 'bad_request' }, attempts: 1 }, now: 9 })
    const { parked, records } = draft.build()
    expect(parked.map((job) => [job.kind, ...job.events.map((carrier) => carrier.messageId)])).toEqual([['events', 'a', 'c'], ['untransformed', 'b']])
    expect(records).toMatchObject([{ kind: 'untransformed', destinationId: 'dst' }])
  })

  it('records every other end with its reason', () => {
    const draft = new SettlementDraft({ entryIds: [1], jobs: [] })
    draft.add(owner, event('a'), { verdict: { kind: 'over', outcome: { kind: 'buried', code: 'destination_error', message: 'status 500' }, attempts: 7 }, now: 9 })
    expect(draft.build().records).toMatchObject([{ outcome: 'buried', code: 'destination_error', message: 'status 500', attempts: 7, at: 9 }])
  })
})

describe('what is kept of parked events', () => {
  const failedWith = (detail: OutcomeDetail) => ({ ...again(0), outcome: { kind: 'retry' as const, code: 'retry' as const, message: 'later', detail } })
  const error = { name: 'RetryError', message: 'later' }
  const logged = (message: string): OutcomeDetail => ({ error, logs: [{ level: 'log', message, at: 1 }] })
  const parkedDetail = (details: OutcomeDetail[]): OutcomeDetail => {
    const draft = new SettlementDraft({ entryIds: [1], jobs: [] })
    details.forEach((detail, index) => draft.add(owner, event(String(index)), { verdict: failedWith(detail), now: 9 }))
    const [job, ...others] = draft.build().parked
    expect(others).toEqual([])
    return job!.detail!
  }

  it('is kept once when it is the same for all', () => {
    expect(parkedDetail([logged('a'), logged('a')])).toEqual(logged('a'))
  })

  it('is told apart by messageId when events of one job logged different things', () => {
    const detail = parkedDetail([logged('a'), logged('b')])
    expect(detailOfEvent(detail, '0')).toEqual(logged('a'))
    expect(detailOfEvent(detail, '1')).toEqual(logged('b'))
  })

  it('is bounded: what comes on top keeps its error', () => {
    const detail = parkedDetail(Array.from({ length: 100 }, (_, index) => logged(`${index} ${'x'.repeat(4_000)}`)))
    expect(JSON.stringify(detail).length).toBeLessThan(limits.parkedDetailBytesMax * 1.1)
    expect(detailOfEvent(detail, '0').logs).toHaveLength(1)
    expect(detailOfEvent(detail, '99')).toEqual({ error })
  })
})
