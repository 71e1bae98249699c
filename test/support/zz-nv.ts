import { startSluice } from '/work/main/test/support/start-sluice.ts'
import { apiClient } from '/work/main/test/support/api-client.ts'
import { startEventSink } from '/work/main/test/support/event-sink.ts'
import { makeEvents } from '/work/main/test/support/make-event.ts'
import { writeKeyHeader } from '/work/main/test/support/load-client.ts'
import { ATTACKS, destinationAttackFunction } from '/work/main/test/support/attacks.ts'
const attack = ATTACKS.find((a) => a.name === process.argv[2])!
await using sink = await startEventSink()
await using sluice = await startSluice({ env: { SLUICE_RETRY_BASE_MS: '50', SLUICE_LOG_LEVEL: 'debug' } })
const api = apiClient(sluice)
const source = await api.createSource('x')
const functionId = await api.createFunction({ name: `d`, kind: 'DESTINATION', code: destinationAttackFunction(attack) })
const id = await api.createDestination({ sourceId: source.id, metadataId: `function:${functionId}`, name: 'sink' })
const m = makeEvents(1)
const events = Array.from({ length: 100 }, (_, i) => ({ ...m.next(), messageId: `m${i}`, properties: { sink: `${sink.url}/in`, ...(i === 41 ? { attack: attack.name } : {}) } }))
const t0 = Date.now()
await fetch(`${sluice.url}/v1/batch`, { method: 'POST', headers: writeKeyHeader(source.writeKey), body: JSON.stringify({ batch: events }) })
let lines = 0
for (let s = 0; s < 90; s++) {
  await new Promise((r) => setTimeout(r, 1000))
  const l = await api.ledger(source.id)
  const p = await api.deliveries({ sourceId: source.id, outcome: 'pending' })
  const by = new Map<string, number>()
  for (const d of p as any[]) { const k = `${d.code} attempts ${d.attempts} due ${d.dueAt && Date.parse(d.dueAt) - t0}`; by.set(k, (by.get(k) ?? 0) + 1) }
  const err = sluice.stderr().split('\n').slice(lines); lines += err.length - 1
  console.log(Date.now() - t0, sink.arrived('/in').size, JSON.stringify(l.connections), [...by], err.filter((x) => x && !/published/.test(x)).slice(0, 3).join('\n'))
  if (l.connections[0]!.pending === 0) break
}
console.log(await api.deliveries({ sourceId: source.id, messageId: 'm41' }))
