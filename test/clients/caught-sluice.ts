/** A started Sluice with one source whose events are caught, that can be killed and started again at the same address. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiClient } from '../support/api-client.ts'
import type { SourceOf } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { startSluice } from '../support/start-sluice.ts'

export type CaughtEvent = Record<string, unknown>

export interface CaughtSluice {
  url: string
  port: number
  source: SourceOf
  /** Another, of a kind of the catalog; its events are caught too. */
  addSource(kind: string): Promise<SourceOf>
  /**
   * The events whose `context.mark` is this, once there are as many; more than that is a failure. One that was delivered when the
   * server was killed is delivered again, with the same messageId, and counts once.
   */
  caught(mark: string, count: number): Promise<CaughtEvent[]>
  caughtWhere(matches: (event: CaughtEvent) => boolean, count: number): Promise<CaughtEvent[]>
  /** Kills it, runs `meanwhile`, and starts it again. */
  restart(meanwhile: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

const CAUGHT_MAX = 1_000

export async function startCaughtSluice(): Promise<CaughtSluice> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-clients-'))
  let sluice = await startSluice({ dataDir })
  const { url, port } = sluice
  const api = apiClient(sluice)
  let sources = 0
  const addSource = async (kind: string): Promise<SourceOf> => {
    const slug = `clients-${sources += 1}`
    const { body } = await api.request('POST', '/sources', { slug, name: slug, metadataId: kind })
    const made = (body as { data: { source: { id: string, writeKeys: string[] } } }).data.source
    await api.createDestination({ sourceId: made.id, metadataId: 'catcher', name: 'catcher' })
    return { id: made.id, writeKey: made.writeKeys[0]! }
  }
  const source = await addSource('http')
  const caughtWhere = async (matches: (event: CaughtEvent) => boolean, count: number): Promise<CaughtEvent[]> => {
    const look = async (): Promise<CaughtEvent[]> => [...new Map((await api.catcher(CAUGHT_MAX)).filter(matches).map((event) => [event['messageId'], event])).values()]
    await eventually(`${count} events are caught`, async () => (await look()).length >= count || undefined, { withinMs: 60_000, everyMs: 100 })
    // What is sent twice comes soon after.
    await new Promise((resolve) => setTimeout(resolve, 300))
    const events = await look()
    if (events.length > count) throw new Error(`${events.length} events were caught where ${count} were due`)
    return events
  }
  return {
    url, port, source, addSource, caughtWhere,
    caught: (mark, count) => caughtWhere((event) => (event['context'] as { mark?: unknown } | undefined)?.mark === mark, count),
    async restart(meanwhile) {
      await sluice.kill()
      try {
        await meanwhile()
      } finally {
        await sluice.stop()
        sluice = await startSluice({ dataDir, port })
      }
    },
    async stop() {
      await sluice.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
