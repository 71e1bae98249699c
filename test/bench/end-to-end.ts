/**
 * The whole way: HTTP in (batches of 20, 32 connections), durable, insert function, webhook destination with batches, counted by a
 * sink; from the first send until the last event is at the sink. Against a bare fastify route that only parses and answers, same client.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { apiClient } from '../support/api-client.ts'
import { runLoad, writeKeyHeader } from '../support/load-client.ts'
import { startSluice } from '../support/start-sluice.ts'
import { treeUsage } from '../support/process-tree.ts'
import { startBareRoute } from './contestant.ts'
import { startCountingSink } from './counting-sink.ts'
import { compare } from './rounds.ts'
import { stampedRequests } from './stamped-requests.ts'
import { TRANSFORM_NAMES, functionCode } from './transforms.ts'
import type { CountingSink } from './counting-sink.ts'
import type { RunningSluice } from '../support/start-sluice.ts'
import type { Finding } from './report.ts'
import type { StampedRequests } from './stamped-requests.ts'
import type { TransformName } from './transforms.ts'

export interface EndToEndOptions {
  /** Events a round. */
  events: number
  rounds: number
}

const CONNECTIONS = 32
const BATCH = 20
const WEBHOOK_BATCH = 100
const BARS: Record<TransformName, number | undefined> = { trivial: 0.25, heavy: undefined }
const LAST_EVENT_MS = 120_000

export async function measureEndToEnd(options: EndToEndOptions): Promise<Finding[]> {
  const findings: Finding[] = []
  await using sink = await startCountingSink()
  await using bare = await startBareRoute()
  await using sluice = await startSluice({ env: { SLUICE_LOG_LEVEL: 'warn' } })
  for (const name of TRANSFORM_NAMES) {
    const route = await connectedSource({ sluice, sink, name })
    const acceptedRates: number[] = []
    const ours = async (events: number): Promise<number> => {
      const { accepted, delivered } = await deliverAll({ sluice, sink, route, name, events })
      acceptedRates.push(accepted)
      return delivered
    }
    const barely = (events: number): Promise<number> => answerAll(bare.url, events)
    await barely(options.events / 4)
    await ours(options.events / 4)
    acceptedRates.length = 0
    findings.push(await compare({
      what: `end to end, ${name}, batches of ${BATCH}`,
      bar: BARS[name],
      anchorName: 'bare fastify route',
      rounds: options.rounds,
      ours: () => ours(options.events),
      anchor: () => barely(options.events),
      notes: () => `accepted at ${Math.round(Math.max(...acceptedRates)).toLocaleString('en-US')}/s; resident ${Math.round(treeUsage(sluice.pid).residentBytes / 1024 ** 2)} MB with ${treeUsage(sluice.pid).processes} processes`,
    }))
  }
  return findings
}

interface Route {
  sluice: RunningSluice
  sink: CountingSink
  name: TransformName
}

async function connectedSource({ sluice, sink, name }: Route): Promise<StampedRequests> {
  const api = apiClient(sluice)
  const source = await api.createSource(`bench-${name}`)
  const functionId = await api.createFunction({ name: `bench ${name}`, kind: 'INSERT_SOURCE', code: functionCode(name) })
  await api.insertFunction({ functionId, integrationId: source.id })
  await api.createDestination({ sourceId: source.id, metadataId: 'webhook', name: 'sink', settings: webhookSettings(sink.url) })
  return batchRequests(sluice.url, writeKeyHeader(source.writeKey))
}

export function webhookSettings(url: string): Record<string, unknown> {
  return { url: `${url}/`, batch: true, batchSize: WEBHOOK_BATCH }
}

export function batchRequests(url: string, headers: Record<string, string>): StampedRequests {
  const shape = { url, path: '/v1/batch', headers, batch: BATCH, wrap: (events: string[]) => `{"batch":[${events.join(',')}]}` }
  return stampedRequests(shape, { connections: CONNECTIONS, seed: 7 })
}

/** Events a second: accepted (until the last answer) and delivered (until the last event is at the sink). */
export async function deliverAll(run: Route & { route: StampedRequests, events: number }): Promise<{ accepted: number, delivered: number }> {
  await run.sink.reset()
  let sent = 0
  let due = 0
  const startedAt = performance.now()
  const figures = await runLoad({
    url: run.sluice.url,
    connections: CONNECTIONS,
    next: (connection) => {
      if (sent >= run.events) return undefined
      const request = run.route.next(connection)
      sent += BATCH
      due += run.name === 'trivial' ? request.identified : BATCH
      return request
    },
  })
  if (figures.statuses.get(200) !== figures.answers || figures.lost > 0) throw new Error(`not all requests were answered 200: ${JSON.stringify([...figures.statuses])}, lost ${figures.lost}`)
  const deadline = performance.now() + LAST_EVENT_MS
  for (;;) {
    const count = await run.sink.count()
    if (count === due) break
    if (count > due) throw new Error(`${count} events reached the sink where ${due} were due`)
    if (performance.now() > deadline) throw new Error(`only ${count} of ${due} events reached the sink`)
    await pause(2)
  }
  return { accepted: sent / figures.seconds, delivered: sent / ((performance.now() - startedAt) / 1000) }
}

const bareRequests = new Map<string, StampedRequests>()

async function answerAll(url: string, events: number): Promise<number> {
  const requests = bareRequests.get(url) ?? batchRequests(url, writeKeyHeader('none'))
  bareRequests.set(url, requests)
  let sent = 0
  const figures = await runLoad({
    url,
    connections: CONNECTIONS,
    next: (connection) => {
      if (sent >= events) return undefined
      sent += BATCH
      return requests.next(connection)
    },
  })
  if (figures.statuses.get(200) !== figures.answers || figures.lost > 0) throw new Error('the bare route did not answer every request 200')
  return sent / figures.seconds
}
