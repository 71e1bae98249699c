import { expect, test } from 'vitest'
import { apiClient, balance } from '../support/api-client.ts'
import { countArrivals, startEventSink } from '../support/event-sink.ts'
import { eventually } from '../support/eventually.ts'
import { forwardFunction } from '../support/forward-function.ts'
import { postRequest, runLoad, writeKeyHeader } from '../support/load-client.ts'
import { makeEvents } from '../support/make-event.ts'
import { isAlive } from '../support/process-tree.ts'
import { settledLedger } from '../support/settled-ledger.ts'
import { startSluice } from '../support/start-sluice.ts'

const BATCH = 5

test('SIGTERM under load ends with status 0 within 10 s, leaves no process behind, and nothing is lost or sent twice', async () => {
  await using sink = await startEventSink({ plan: () => ({ delayMs: 2 }) })
  await using first = await startSluice({ env: { SLUICE_LOG_LEVEL: 'warn' } })
  const api = apiClient(first)
  const source = await api.createSource('drain')
  const webhookId = await api.createDestination({ sourceId: source.id, metadataId: 'webhook', name: 'webhook', settings: { url: `${sink.url}/webhook` } })
  const functionId = await api.createFunction({ name: 'forward', kind: 'DESTINATION', code: forwardFunction(`${sink.url}/function`) })
  const forwardId = await api.createDestination({ sourceId: source.id, metadataId: `function:${functionId}`, name: 'forward' })

  const maker = makeEvents(1)
  const answered: string[] = []
  const load = runLoad({
    url: first.url,
    connections: 4,
    pauseMs: 10,
    signal: AbortSignal.any([AbortSignal.timeout(60_000), goneSignal(first.exited)]),
    next: () => {
      const { body, messageIds } = maker.batchBody(BATCH)
      return postRequest({ url: first.url, path: '/v1/batch', headers: writeKeyHeader(source.writeKey), body, tag: messageIds })
    },
    answered: (request, answer) => {
      if (answer.status === 200) answered.push(...request.tag as string[])
    },
  })
  await eventually('load is flowing', () => sink.arrived('/webhook').size > 1_000 && sink.arrived('/function').size > 200)
  const children = first.childPids()
  expect(children.length).toBeGreaterThan(0)
  const askedAt = performance.now()
  expect(await first.kill('SIGTERM')).toEqual({ status: 0, signal: null })
  expect(performance.now() - askedAt).toBeLessThan(10_000)
  await load
  await eventually('the isolate hosts are gone', () => children.every((pid) => !isAlive(pid)))

  await using second = await startSluice({ dataDir: first.dataDir, port: first.port, env: { SLUICE_LOG_LEVEL: 'warn' } })
  const ledger = await settledLedger(apiClient(second), source.id, { destinationIds: [webhookId, forwardId], withinMs: 60_000 })
  for (const [path, destinationId] of [['/webhook', webhookId], ['/function', forwardId]] as const) {
    const arrived = sink.arrived(path)
    expect(answered.filter((messageId) => !arrived.has(messageId))).toEqual([])
    expect(countArrivals(arrived)).toEqual({ unique: ledger.accepted, repeats: 0 })
    expect(balance(ledger, destinationId)).toMatchObject({ delivered: ledger.accepted, filtered: 0, discarded: 0, buried: 0 })
  }
})

function goneSignal(exited: Promise<unknown>): AbortSignal {
  const gone = new AbortController()
  void exited.then(() => gone.abort())
  return gone.signal
}
