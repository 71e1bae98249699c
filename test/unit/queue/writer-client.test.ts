import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { createLog } from '../../../src/base/log.ts'
import type { Group } from '../../../src/queue/sqlite/protocol.ts'
import { WriterClient } from '../../../src/queue/sqlite/writer-client.ts'
import { eventually } from '../../support/eventually.ts'

/** Not a group at all: the writer falls over it. */
const POISON = { kind: 'group', seq: 1, now: 0, chunks: [], bytes: 0, items: null } as unknown as Group

describe('the writer thread', () => {
  let folder: string
  let client: WriterClient
  const lines: string[] = []
  const down: string[] = []
  let starts = 0

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-writer-'))
    client = new WriterClient({
      writer: { file: join(folder, 'queue.db'), limits },
      now: () => 1_000,
      log: createLog('error', (line) => lines.push(line)),
      events: { ready: () => starts++, group: () => {}, depth: () => {}, down: ({ code }) => down.push(code) },
    })
    await client.start()
  })

  afterEach(async () => {
    await client.close()
    await rm(folder, { recursive: true })
  })

  test('that falls over is reported, everybody who waits is refused, and it is started again', async () => {
    client.post(POISON)
    await expect(client.ask('ledger', {})).rejects.toMatchObject({ code: 'queue_unavailable' })
    expect(client.up).toBe(false)
    await expect(client.ask('ledger', {})).rejects.toMatchObject({ code: 'queue_unavailable' })
    expect(down).toEqual(['queue_unavailable'])
    expect(lines.join()).toContain('will be started again')
    await eventually('a second start', () => starts === 2)
    expect(await client.ask('ledger', {})).toEqual([])
  })
})
