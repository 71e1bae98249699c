/** Batches as the deliver stage makes them, through the real runtime: sizes, pairing and partial results. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliverEvents, type DeliverDeps } from '#src/deliver/deliver.ts'
import { EventCarrier } from '#src/model/event.ts'
import type { RunnableInstance } from '#src/model/function.ts'
import type { Outcome } from '#src/model/outcome.ts'
import type { Connection } from '#src/model/snapshot.ts'
import { openTestRuntime, track, type TestRuntime } from './run-function.ts'

let runtime: TestRuntime
const got: string[] = []
beforeAll(async () => {
  runtime = await openTestRuntime()
})
afterAll(() => runtime.close())

const events = (count: number): EventCarrier[] => Array.from({ length: count }, (_, index) => new EventCarrier(track(index), `message-${index}`))

async function deliver(code: string, count: number, { batchMaxCount = 20, insert = '' } = {}): Promise<Outcome[]> {
  got.length = 0
  const make = async (text: string, resourceType: 'DESTINATION' | 'INSERT_DESTINATION'): Promise<RunnableInstance> => ({ ...await runtime.instance(text, { resourceType }), batches: true, batchMaxCount })
  const connection: Connection = {
    destinationId: 'dst', sourceId: 'src', workspaceId: 'ws_test', integrationName: 'Test', retry: { windowMs: 1, baseMs: 1, capMs: 1 },
    target: { kind: 'function', instance: await make(code, 'DESTINATION') }, ...(insert !== '' && { insert: await make(insert, 'INSERT_DESTINATION') }),
  }
  const deps: DeliverDeps = {
    runtime: {
      ...runtime,
      run: async (invocation) => {
        const results = await runtime.run(invocation)
        if (invocation.instance === (connection.target as { instance: RunnableInstance }).instance) got.push(`${invocation.call} ${invocation.payloads.length}`)
        return results
      },
    },
    destinationContext: () => { throw new Error('not used') },
  }
  return deliverEvents(connection, events(count), deps)
}
const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map((outcome) => (outcome.kind === 'delivered' ? 'delivered' : `${outcome.kind}/${outcome.code}`))

test.for([[20, 45, ['batch 20', 'batch 20', 'batch 5']], [400, 400, ['batch 400']], [20, 1, ['events 1']]] as const)('of %i at most, %i events make these calls: %j', async ([batchMaxCount, count, calls]) => {
  const outcomes = await deliver('function onBatch(events) {}\nfunction onTrack() {}', count, { batchMaxCount })
  expect(new Set(kinds(outcomes))).toEqual(new Set(['delivered']))
  expect([...got].sort()).toEqual([...calls].sort())
})

test('each event ends by its own status', async () => {
  const outcomes = await deliver('function onBatch(events) { return [{ status: 200 }, { status: 400, errormessage: "bad" }, { status: 500 }, { status: 429 }, { status: 501 }] }', 5)
  expect(kinds(outcomes)).toEqual(['delivered', 'discarded/bad_request', 'retry/retry', 'retry/retry', 'discarded/bad_request'])
  expect(outcomes[1]).toMatchObject({ message: '400: bad' })
})

test('an insert function gets batches too, and its results are paired by messageId', async () => {
  const insert = 'function onBatch(events) { return events.filter((event) => event.messageId !== "message-1").reverse().map((event) => ({ ...event, event: event.messageId })) }'
  const outcomes = await deliver('function onBatch(events) { return events.map((event) => ({ status: event.event === event.messageId ? 200 : 400 })) }', 4, { insert })
  expect(kinds(outcomes)).toEqual(['delivered', 'filtered/dropped_by_function', 'delivered', 'delivered'])
})

test('a lone event of a function that has onBatch alone is a batch of one', async () => {
  expect(kinds(await deliver('function onBatch(events) { return events.map(() => ({ status: 503 })) }', 1))).toEqual(['retry/retry'])
  const insert = 'function onBatch(events) { return events.map((event) => ({ ...event, event: "changed" })) }'
  expect(kinds(await deliver('function onTrack(event) { if (event.event !== "changed") throw new Error(event.event) }', 1, { insert }))).toEqual(['delivered'])
})

test('onDelete gets the deletion of a user as Segment sends it', async () => {
  const instance = await runtime.instance('function onDelete(event) { return [event.type, event.userId, Array.isArray(event.context)] }', { resourceType: 'DESTINATION' })
  const deletion = { type: 'delete', channel: 'server', messageId: 'delete-1', projectId: 'src', userId: 'u', context: [], integrations: [] }
  expect(await runtime.run({ instance, call: 'events', payloads: [JSON.stringify(deletion)] })).toEqual([{ outcome: 'ok', text: '["delete","u",true]' }])
})
