import { expect, test } from 'vitest'
import { apiClient } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { writeKeyHeader } from '../support/load-client.ts'
import { startRedis } from '../support/redis-server.ts'
import { startSluice } from '../support/start-sluice.ts'

test('with REDIS_URL the server keeps its events in Redis, over a kill and a restart', async () => {
  const redis = await startRedis()
  try {
    const first = await startSluice({ env: { REDIS_URL: redis.url } })
    const api = apiClient(first)
    const source = await api.createSource('in-redis')
    await api.createDestination({ sourceId: source.id, metadataId: 'webhook', name: 'nobody there', settings: { url: 'https://127.0.0.1:1/' } })
    const catcher = await api.createDestination({ sourceId: source.id, metadataId: 'catcher', name: 'catcher' })
    const body = JSON.stringify({ batch: [{ type: 'track', userId: 'ada', event: 'Lamp Lit', messageId: 'm1' }] })
    const answer = await fetch(`${first.url}/v1/batch`, { method: 'POST', headers: writeKeyHeader(source.writeKey), body })
    expect(answer.status).toBe(200)
    await eventually('the event is caught', async () => (await api.ledger(source.id)).connections.some((row) => row.destinationId === catcher && row.delivered === 1))
    await first.kill('SIGKILL')
    const again = await startSluice({ env: { REDIS_URL: redis.url }, dataDir: first.dataDir })
    expect(await apiClient(again).ledger(source.id)).toMatchObject({ accepted: 1 })
    expect(await (await fetch(`${again.url}/readyz`)).json()).toMatchObject({ durability: expect.stringMatching(/^redis, /) })
    await again.kill('SIGTERM')

    const other = await startSluice({ env: { REDIS_URL: redis.url } }).then(() => 'started', (thrown: unknown) => String(thrown))
    expect(other).toContain('holds the events of another installation')
    await first.stop()
  } finally {
    await redis.remove()
  }
})
