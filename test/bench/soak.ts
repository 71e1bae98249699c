/**
 * node test/bench/soak.ts [--events 2000000]
 * Sends a healthy function that many events through the whole server under full load. Fails when one run was killed for memory, retried
 * or refused, when an event is missing, or when the server's processes have grown; prints resident sizes at a tenth and at the end.
 */
import { parseArgs } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { apiClient, balance } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { runLoad, writeKeyHeader } from '../support/load-client.ts'
import { descendantPids, treeUsage } from '../support/process-tree.ts'
import { startSluice } from '../support/start-sluice.ts'
import { startCountingSink } from './counting-sink.ts'
import { batchRequests, webhookSettings } from './end-to-end.ts'
import { describeMachine } from './report.ts'
import { functionCode } from './transforms.ts'

const { values: flags } = parseArgs({ options: { events: { type: 'string', default: '2000000' } } })
const EVENTS = Number(flags.events)
const CONNECTIONS = 32
const BATCH = 20
/** Events that may be on their way at once: enough to keep every part busy, few enough that what is measured is not the backlog. */
const AHEAD_MAX = 40_000
const GROWTH_MAX = 1.1

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`

await using sink = await startCountingSink()
await using sluice = await startSluice({ env: { SLUICE_LOG_LEVEL: 'info' } })
const api = apiClient(sluice)
const source = await api.createSource('soak')
const functionId = await api.createFunction({ name: 'soak', kind: 'INSERT_SOURCE', code: functionCode('heavy') })
await api.insertFunction({ functionId, integrationId: source.id })
const destinationId = await api.createDestination({ sourceId: source.id, metadataId: 'webhook', name: 'sink', settings: webhookSettings(sink.url) })

const requests = batchRequests(sluice.url, writeKeyHeader(source.writeKey))
const hosts = new Set<number>()
const sizes: { delivered: number, residentBytes: number }[] = []
let sent = 0
let delivered = 0
const startedAt = performance.now()

/** The largest of a few looks, since a collection may be under way. */
async function residentNow(): Promise<number> {
  let largest = 0
  for (let look = 0; look < 5; look++) {
    largest = Math.max(largest, treeUsage(sluice.pid).residentBytes)
    await pause(200)
  }
  return largest
}

async function watch(): Promise<void> {
  for (let next = 1; next <= 10;) {
    for (const pid of descendantPids(sluice.pid)) hosts.add(pid)
    delivered = await sink.count()
    if (delivered >= Math.floor((EVENTS * next) / 10)) {
      sizes.push({ delivered, residentBytes: await residentNow() })
      process.stdout.write(`${delivered} delivered after ${Math.round((performance.now() - startedAt) / 1000)} s, resident ${megabytes(sizes.at(-1)!.residentBytes)}\n`)
      next++
    }
    await pause(20)
  }
}

const isLeft = (): boolean => sent < EVENTS

/** A closed loop on what was delivered: each lap sends what the sink has room for. */
async function load(): Promise<void> {
  while (isLeft()) {
    const until = Math.min(EVENTS, delivered + AHEAD_MAX)
    const figures = await runLoad({
      url: sluice.url,
      connections: CONNECTIONS,
      next: (connection) => {
        if (sent >= until) return undefined
        sent += BATCH
        return requests.next(connection)
      },
    })
    if ((figures.statuses.get(200) ?? 0) !== figures.answers || figures.lost > 0) throw new Error(`refused under load: ${JSON.stringify([...figures.statuses])}, lost ${figures.lost}`)
    if (isLeft()) await pause(10)
  }
}

await Promise.all([load(), watch()])
const books = await eventually('nothing is pending any more', async () => {
  const row = balance(await api.ledger(source.id), destinationId)
  return row.pending === 0 && row
}, { withinMs: 120_000 })

const first = sizes[0]!
const last = sizes.at(-1)!
const growth = last.residentBytes / first.residentBytes
const problems = [
  ...(books.delivered === sent && (await sink.count()) === sent ? [] : [`${sent} sent, ${JSON.stringify(books)} in the ledger, ${await sink.count()} at the sink`]),
  ...sluice.stderr().split('\n').filter((line) => /"level":"(?:warn|error)"/.test(line)),
  ...(growth <= GROWTH_MAX ? [] : [`resident size grew ${growth.toFixed(2)} times from a tenth to the end`]),
]
process.stdout.write(`${describeMachine()}
${sent} events, ${Math.round(sent / ((performance.now() - startedAt) / 1000)).toLocaleString('en-US')} events/s, ${hosts.size} processes below the server were seen
resident at a tenth ${megabytes(first.residentBytes)}, at the end ${megabytes(last.residentBytes)} (${growth.toFixed(2)} times)
${problems.length === 0 ? 'no run was killed, retried or refused' : `FAILED:\n${problems.slice(0, 20).join('\n')}`}
`)
process.exitCode = problems.length === 0 ? 0 : 1
