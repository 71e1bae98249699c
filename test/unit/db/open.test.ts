import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '#src/base/log.ts'
import { addCaughtEvents, listCaughtEvents } from '#src/db/caught-events.ts'
import { openDb } from '#src/db/open.ts'
import type { Db } from '#src/db/schema.ts'
import { findWorkspace, insertWorkspace, readFact, writeFact } from '#src/db/workspaces.ts'
import { EventCarrier } from '#src/model/event.ts'
import { limits } from '#src/base/limits.ts'

let folder: string
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'sluice-db-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

async function withDb<Result>(name: string, work: (db: Db) => Promise<Result>): Promise<Result> {
  const db = await openDb({ file: join(folder, name), log: silentLog })
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}

test('what is written is there after the store is opened again', async () => {
  const workspace = { id: 'ws_1', slug: 'one', name: 'One' }
  await withDb('kept.db', (db) => insertWorkspace(db, { ...workspace, createdAt: '2026-01-01T00:00:00.000Z' }))
  expect(await withDb('kept.db', findWorkspace)).toEqual(workspace)
})

test('the file belongs to its owner alone', async () => {
  await withDb('mode.db', (db) => writeFact(db, 'one', 'a'))
  expect((await stat(join(folder, 'mode.db'))).mode & 0o777).toBe(0o600)
})

test('a fact is replaced when it is written again', async () => {
  const value = await withDb('facts.db', async (db) => {
    await writeFact(db, 'one', 'a')
    await writeFact(db, 'one', 'b')
    return readFact(db, 'one')
  })
  expect(value).toBe('b')
})

test('a transaction that fails leaves nothing behind', async () => {
  const value = await withDb('undone.db', async (db) => {
    await db.transaction().execute(async (transaction) => {
      await writeFact(transaction, 'one', 'a')
      throw new Error('no')
    }).catch(() => undefined)
    return readFact(db, 'one')
  })
  expect(value).toBeUndefined()
})

test('a file that is not a database is refused by name', async () => {
  await expect(openDb({ file: folder, log: silentLog })).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining(folder) })
})

test('a catcher keeps its newest events, newest first, and leaves those of others alone', async () => {
  const event = (id: string) => new EventCarrier(JSON.stringify({ messageId: id }), id)
  const [newest, all, other] = await withDb('caught.db', async (db) => {
    await addCaughtEvents(db, { destinationId: 'b', events: [event('other')], at: 1_000 })
    for (let batch = 0; batch < 4; batch++) {
      const events = Array.from({ length: 300 }, (_, index) => event(`${batch * 300 + index}`))
      await addCaughtEvents(db, { destinationId: 'a', events, at: 2_000 })
    }
    return Promise.all([
      listCaughtEvents(db, { destinationId: 'a', count: 2 }),
      listCaughtEvents(db, { destinationId: 'a', count: 5_000 }),
      listCaughtEvents(db, { destinationId: 'b', count: 5_000 }),
    ])
  })
  expect(newest).toEqual(['{"messageId":"1199"}', '{"messageId":"1198"}'])
  expect(all).toHaveLength(limits.catcherEventsMax)
  expect(other).toEqual(['{"messageId":"other"}'])
})
