import { expect, test } from 'vitest'
import { silentLog } from '#src/base/log.ts'
import type { Invocation } from '#src/isolate/runtime.ts'
import { EventCarrier } from '#src/model/event.ts'
import type { RunnableInstance } from '#src/model/function.ts'
import { EMPTY_SNAPSHOT, type Connection, type Snapshot, type SourcePlan } from '#src/model/snapshot.ts'
import type { Settled, Settlement } from '#src/queue/queue.ts'
import { FRESH } from '#src/deliver/retry-policy.ts'
import { deliverUnit } from '#src/worker/deliver-unit.ts'
import { Lanes } from '#src/worker/lane.ts'
import { RecentEvents } from '#src/worker/recent-events.ts'
import { SettlementDraft } from '#src/worker/settlement-draft.ts'
import { Slots } from '#src/worker/slots.ts'
import type { WorkDeps } from '#src/worker/work-deps.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { createRecordingQueue } from '../../support/recording-queue.ts'

const WAIT_MS = 5_000

interface Rig {
  deps: WorkDeps
  clock: ManualClock
  settlements: Settlement[]
  /** Events of each call that the function got, by messageId. */
  calls: { call: Invocation['call'], ids: string[] }[]
  /** What the claim answers from now on. */
  applied: boolean
  paused: Set<string>
  stop(): void
  send(...ids: string[]): Promise<void>
}

function openRig({ countMax }: { countMax: number }): Rig {
  const clock = createManualClock()
  const stopping = new AbortController()
  const instance = { key: 'i', resourceType: 'DESTINATION', batches: true, batchMaxCount: countMax } as RunnableInstance
  const connection: Connection = {
    destinationId: 'dst', sourceId: 'src', workspaceId: 'ws', integrationName: 'Batcher', target: { kind: 'function', instance },
    retry: { windowMs: 1e9, baseMs: 1_000, capMs: 1_000 }, gather: { countMax, waitMs: WAIT_MS },
  }
  let lastJob = 0
  const rig: Rig = {
    clock, settlements: [], calls: [], applied: true, paused: new Set(),
    stop: () => stopping.abort(),
    deps: {
      queue: {
        ...createRecordingQueue(),
        async settle(settlement): Promise<Settled> {
          rig.settlements.push(settlement)
          return { applied: rig.applied, jobs: rig.applied ? settlement.parked.map(() => ({ id: ++lastJob, lease: 7 })) : [] }
        },
      },
      runtime: {
        async run({ call, payloads }) {
          rig.calls.push({ call, ids: payloads.map((text) => (JSON.parse(text) as { messageId: string }).messageId) })
          return payloads.map(() => ({ outcome: 'ok', text: '' }))
        },
        sandboxLevel: () => '', childPids: () => [], close: async () => undefined,
      },
      snapshot: (): Snapshot => ({ ...EMPTY_SNAPSHOT, sources: new Map([['src', { connections: [connection] } as unknown as SourcePlan]]), pausedDestinationIds: rig.paused }),
      destinationContext: () => { throw new Error('not used') },
      lanes: new Lanes(), batches: new Map(), recent: new RecentEvents(), late: new Slots(Infinity), clock, random: () => 0, log: silentLog,
      sourceRetry: connection.retry, stopping: stopping.signal,
    },
    async send(...ids) {
      const items = ids.map((messageId) => ({ event: new EventCarrier(JSON.stringify({ messageId }), messageId), state: FRESH }))
      const claim = { entryIds: [1], jobs: [] }
      await deliverUnit({ sourceId: 'src', kind: 'events', receivedAt: 0, claim, items }, items, [connection], { draft: new SettlementDraft(claim), deps: rig.deps })
      await turns()
    },
  }
  return rig
}

const turns = (): Promise<void> => new Promise((resolve) => { setImmediate(() => setImmediate(resolve)) })
const delivered = ({ settlements }: Rig): string[] => settlements.flatMap((settlement) => settlement.delivered.flatMap((batch) => batch.messageIds))

test('events wait for each other, parked under a lease, until their time is over', async () => {
  const rig = openRig({ countMax: 10 })
  await rig.send('a', 'b')
  await rig.send('c')
  expect(rig.calls).toEqual([])
  expect(rig.settlements).toMatchObject([
    { entryIds: [1], parked: [{ queue: 'dst', code: 'batch_waiting', attempt: 0, dueAt: rig.clock.now() + WAIT_MS, leasedUntil: expect.any(Number) }] }, { parked: [{ events: [{ messageId: 'c' }] }] },
  ])
  rig.clock.advance(WAIT_MS - 1)
  await turns()
  expect(rig.calls).toEqual([])
  rig.clock.advance(1)
  await turns()
  expect(rig.calls).toEqual([{ call: 'batch', ids: ['a', 'b', 'c'] }])
  // One settlement ends the jobs of both units.
  expect(rig.settlements[2]).toMatchObject({ entryIds: [], jobs: [{ id: 1, lease: 7 }, { id: 2, lease: 7 }], delivered: [{ messageIds: ['a', 'b', 'c'] }] })
})

test('a full batch goes at once, and what is too much waits in the next one', async () => {
  const rig = openRig({ countMax: 3 })
  await rig.send('a', 'b')
  await rig.send('c', 'd', 'e', 'f', 'g')
  expect(rig.calls).toEqual([{ call: 'batch', ids: ['a', 'b', 'c'] }, { call: 'batch', ids: ['d', 'e', 'f'] }])
  expect(delivered(rig)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  rig.clock.advance(WAIT_MS)
  await turns()
  expect(rig.calls[2]).toEqual({ call: 'events', ids: ['g'] })
})

test('a stop delivers what has gathered, and waits for it', async () => {
  const rig = openRig({ countMax: 10 })
  await rig.send('a', 'b')
  rig.stop()
  await rig.deps.late.idle()
  expect(delivered(rig)).toEqual(['a', 'b'])
})

test('events whose settlement was not written are somebody else\'s', async () => {
  const rig = openRig({ countMax: 10 })
  rig.applied = false
  await rig.send('lost')
  rig.applied = true
  await rig.send('mine')
  rig.clock.advance(WAIT_MS)
  await turns()
  expect(rig.calls).toEqual([{ call: 'events', ids: ['mine'] }])
})

test('a destination that is disabled while its batch fills keeps its events', async () => {
  const rig = openRig({ countMax: 10 })
  await rig.send('a', 'b')
  rig.paused.add('dst')
  rig.clock.advance(WAIT_MS)
  await turns()
  expect(rig.calls).toEqual([])
  const given = rig.settlements.at(-1)!
  expect(given).toMatchObject({ jobs: [{ id: 1 }], parked: [{ queue: 'dst', dueAt: rig.clock.now(), events: [{ messageId: 'a' }, { messageId: 'b' }] }] })
  expect(given.parked[0]).not.toHaveProperty('leasedUntil')
})
