/**
 * node test/bench/soak.ts [--events 2000000]
 * Sends a healthy function that many events through the whole server under full load. Fails when one run was killed for memory, retried
 * or refused, or when an event is missing; prints resident sizes at each tenth.
 */
import { parseArgs } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { apiClient, balance } from '../support/api-client.ts'
import { runLoad, writeKeyHeader } from '../support/load-client.ts'
import { descendantPids, residentBytes, treeUsage } from '../support/process-tree.ts'
import { settledLedger } from '../support/settled-ledger.ts'
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
const sizes: Resident[] = []
let sent = 0
let delivered = 0
const startedAt = performance.now()

interface Resident {
  serverBytes: number
  /** The isolate hosts, and what else runs below the server. */
  belowBytes: number
}

function residentNow(): Resident {
  const serverBytes = residentBytes(sluice.pid)
  return { serverBytes, belowBytes: treeUsage(sluice.pid).residentBytes - serverBytes }
}

const describeResident = ({ serverBytes, belowBytes }: Resident): string => `server ${megabytes(serverBytes)}, below it ${megabytes(belowBytes)}`

async function watch(): Promise<void> {
  for (let next = 1; next <= 10;) {
    for (const pid of descendantPids(sluice.pid)) hosts.add(pid)
    delivered = await sink.count()
    if (delivered >= Math.floor((EVENTS * next) / 10)) {
      sizes.push(residentNow())
      process.stdout.write(`${delivered} delivered after ${Math.round((performance.now() - startedAt) / 1000)} s, resident: ${describeResident(sizes.at(-1)!)}\n`)
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
const books = balance(await settledLedger(api, source.id, { destinationIds: [destinationId], withinMs: 120_000 }), destinationId)

const problems = [
  ...(books.delivered === sent && (await sink.count()) === sent ? [] : [`${sent} sent, ${JSON.stringify(books)} in the ledger, ${await sink.count()} at the sink`]),
  ...sluice.stderr().split('\n').filter((line) => /"level":"(?:warn|error)"/.test(line)),
]
process.stdout.write(`${describeMachine()}
${sent} events, ${Math.round(sent / ((performance.now() - startedAt) / 1000)).toLocaleString('en-US')} events/s, ${hosts.size} processes below the server were seen
resident at a tenth: ${describeResident(sizes[0]!)}; at the end: ${describeResident(sizes.at(-1)!)}
${problems.length === 0 ? 'no run was killed, retried or refused' : `FAILED:\n${problems.slice(0, 20).join('\n')}`}
`)
process.exitCode = problems.length === 0 ? 0 : 1
