import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { apiClient, balance } from '../support/api-client.ts'
import { countArrivals, startEventSink } from '../support/event-sink.ts'
import { eventually } from '../support/eventually.ts'
import { forwardFunction } from '../support/forward-function.ts'
import { postRequest, runLoad, writeKeyHeader } from '../support/load-client.ts'
import { makeEvents } from '../support/make-event.ts'
import { isAlive } from '../support/process-tree.ts'
import { seededRandom, testSeed } from '../support/seeded-random.ts'
import { settledLedger } from '../support/settled-ledger.ts'
import { startSluice } from '../support/start-sluice.ts'
import type { ArrivedEvent, EventSink } from '../support/event-sink.ts'
import type { RunningSluice, StartOptions } from '../support/start-sluice.ts'

const KILLS = 10
const CONNECTIONS = 6
const EVENTS_PER_REQUEST_MAX = 30
const PATHS = ['/webhook', '/batches', '/function'] as const
/** All that the server may have had in its hands at one kill: units of work times events, for each destination (src/base/limits.ts). */
const IN_FLIGHT_MAX = 32 * 100 * PATHS.length
/** Isolates of one function (src/base/limits.ts). */
const ISOLATES_MAX = 16
/** What arrived is on record soon after; only what arrived just before a kill may come again. Generous, for busy machines. */
const UNSETTLED_MS_MAX = 15_000
/** The sink may take in what was on the wire when the server died. */
const CLOCK_SLACK_MS = 500
const ENV = { SLUICE_RETRY_BASE_MS: '50', SLUICE_LOG_LEVEL: 'warn' }

test('kill -9 of the server at random moments under load, 10 times: nothing answered 200 is lost, the ledger balances, and only the crashes explain repeats', { timeout: 400_000 }, async () => {
  const seed = testSeed()
  const random = seededRandom(seed)
  console.info(`seed ${seed}`)
  await using sink = await startEventSink()
  await using first = await startSluice({ env: ENV })
  const at: StartOptions = { dataDir: first.dataDir, port: first.port, env: ENV }
  const { source, destinations } = await connectSink(first, sink)
  const load = startLoad(first.url, source.writeKey, seed)

  let server = first
  const kills: number[] = []
  for (let round = 0; round < KILLS; round++) {
    await pause(random.between(200, 1_800))
    const children = server.childPids()
    kills.push(Date.now())
    await server.kill('SIGKILL')
    await eventually('the isolate hosts of a dead server end by themselves', () => children.every((pid) => !isAlive(pid)))
    if (server !== first) await server.stop()
    server = await startSluice(at)
  }
  await using last = server
  await pause(500)
  const { answered, sent } = await load.stop()
  const ledger = await settledLedger(apiClient(last), source.id, { destinationIds: [...destinations.values()], withinMs: 120_000 })

  console.info(`answered 200: ${answered.size}, sent: ${sent}, accepted: ${ledger.accepted}`)
  // The client sends a request again until it is answered, and repeats are dropped by messageId: all of them are accepted, once.
  expect(answered.size).toBe(sent)
  expect(ledger.accepted).toBe(sent)
  for (const [path, destinationId] of destinations) {
    const arrived = sink.arrived(path)
    const { unique, repeats } = countArrivals(arrived)
    const { unexplained, oldestMs } = explainRepeats(arrived, kills)
    console.info(`${path}: ${unique} events, ${repeats} repeats, the oldest ${oldestMs} ms before its kill`)
    expect([...answered].filter((messageId) => !arrived.has(messageId))).toEqual([])
    expect(balance(ledger, destinationId)).toMatchObject({ delivered: ledger.accepted, filtered: 0, discarded: 0, buried: 0, pending: 0 })
    expect(unexplained).toEqual([])
    expect(oldestMs).toBeLessThan(UNSETTLED_MS_MAX)
    expect(repeats).toBeLessThanOrEqual(KILLS * IN_FLIGHT_MAX)
  }
})

test('kill -9 of the isolate hosts under load: nothing is lost, and no event is marked as failed', { timeout: 200_000 }, async () => {
  const seed = testSeed()
  const random = seededRandom(seed)
  console.info(`seed ${seed}`)
  await using sink = await startEventSink()
  await using sluice = await startSluice({ env: ENV })
  const { source, destinations } = await connectSink(sluice, sink)
  const load = startLoad(sluice.url, source.writeKey, seed)
  let killed = 0
  for (let round = 0; round < 12; round++) {
    await pause(random.between(150, 900))
    const children = sluice.childPids()
    if (children.length === 0) continue
    process.kill(random.pick(children), 'SIGKILL')
    killed++
  }
  await pause(500)
  const { answered, sent } = await load.stop()
  const ledger = await settledLedger(apiClient(sluice), source.id, { destinationIds: [...destinations.values()], withinMs: 120_000 })
  console.info(`isolate hosts killed: ${killed}, events: ${sent}`)
  expect(killed).toBeGreaterThan(5)
  expect(answered.size).toBe(sent)
  for (const [path, destinationId] of destinations) {
    const arrived = sink.arrived(path)
    console.info(`${path}: ${JSON.stringify(countArrivals(arrived))}`)
    expect([...answered].filter((messageId) => !arrived.has(messageId))).toEqual([])
    expect(balance(ledger, destinationId)).toMatchObject({ delivered: sent, filtered: 0, discarded: 0, buried: 0, pending: 0 })
  }
  // What needs no isolate to be delivered is delivered once. A destination function may have been killed between its request and its
  // end, once for each isolate that it had in that process.
  expect(countArrivals(sink.arrived('/function')).repeats).toBeLessThanOrEqual(killed * ISOLATES_MAX)
  expect(countArrivals(sink.arrived('/webhook')).repeats).toBe(0)
  expect(countArrivals(sink.arrived('/batches')).repeats).toBe(0)
})

interface Connected {
  source: { id: string, writeKey: string }
  /** Destination ids by the sink's path. */
  destinations: Map<string, string>
}

/** A source with an insert function, a webhook, a webhook that takes batches, and a destination function. */
async function connectSink(sluice: RunningSluice, sink: EventSink): Promise<Connected> {
  const api = apiClient(sluice)
  const source = await api.createSource('kill')
  const insertId = await api.createFunction({ name: 'mark', kind: 'INSERT_SOURCE', code: 'export function onTrack(event) { event.properties.marked = true; return event }' })
  await api.insertFunction({ functionId: insertId, integrationId: source.id })
  const functionId = await api.createFunction({ name: 'forward', kind: 'DESTINATION', code: forwardFunction(`${sink.url}/function`) })
  const destinations = new Map([
    ['/webhook', await api.createDestination({ sourceId: source.id, metadataId: 'webhook', name: 'webhook', settings: { url: `${sink.url}/webhook` } })],
    ['/batches', await api.createDestination({ sourceId: source.id, metadataId: 'webhook', name: 'batches', settings: { url: `${sink.url}/batches`, batch: true } })],
    ['/function', await api.createDestination({ sourceId: source.id, metadataId: `function:${functionId}`, name: 'forward' })],
  ])
  return { source, destinations }
}

interface Load {
  /** Waits until every request is answered. */
  stop(): Promise<{ answered: Set<string>, sent: number }>
}

/** Sends small batches until told to stop, each again and again until it is answered 200. */
function startLoad(url: string, writeKey: string, seed: number): Load {
  const random = seededRandom(seed + 1)
  const maker = makeEvents(seed)
  const answered = new Set<string>()
  let stopping = false
  let sent = 0
  const running = runLoad({
    url,
    connections: CONNECTIONS,
    patient: true,
    pauseMs: 40,
    next: () => {
      if (stopping) return undefined
      const { body, messageIds } = maker.batchBody(random.between(1, EVENTS_PER_REQUEST_MAX))
      sent += messageIds.length
      return postRequest({ url, path: '/v1/batch', headers: writeKeyHeader(writeKey), body, tag: messageIds })
    },
    answered: (request, answer) => {
      if (answer.status === 200) for (const messageId of request.tag as string[]) answered.add(messageId)
    },
  })
  return {
    stop: async () => {
      stopping = true
      await running
      return { answered, sent }
    },
  }
}

/** Each repeat needs a kill between its two arrivals, and the first of these must have been too young to be settled. */
function explainRepeats(arrived: ReadonlyMap<string, ArrivedEvent>, kills: readonly number[]): { unexplained: string[], oldestMs: number } {
  const unexplained: string[] = []
  let oldestMs = 0
  for (const [messageId, { at }] of arrived) {
    for (let index = 1; index < at.length; index++) {
      const kill = kills.find((time) => at[index - 1]! <= time + CLOCK_SLACK_MS && time <= at[index]!)
      if (kill === undefined) unexplained.push(messageId)
      else oldestMs = Math.max(oldestMs, kill - at[index - 1]!)
    }
  }
  return { unexplained, oldestMs }
}
