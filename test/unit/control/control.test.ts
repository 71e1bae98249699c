import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAdminToken } from '#src/control/admin-token.ts'
import { DEMO_WRITE_KEY, makeDemo } from '#src/control/demo.ts'
import { deployFunction, openTestControl } from '../../support/open-control.ts'

const CANARY = 'canary-9f8e7d6c5b4a'

test('every change is in the snapshot when its call resolves', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const before = control.snapshot()
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const destination = await control.destinations.create({ sourceId: source.id, metadataId: 'mailbox', settings: { address: 'a' } })
  const snapshot = control.snapshot()
  expect(snapshot.version).toBeGreaterThan(before.version)
  expect(before.sources.size).toBe(0)
  expect(snapshot.sourceIdByWriteKey.get(source.writeKeys[0]!)).toBe(source.id)
  expect(snapshot.sources.get(source.id)?.connections).toEqual([expect.objectContaining({
    destinationId: destination.id, integrationName: 'Mailbox', target: { kind: 'builtin', slug: 'mailbox', settings: { address: 'a', size: 10 } },
  })])
})

test('a change that fails has changed nothing', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const before = control.snapshot()
  await expect(control.destinations.create({ sourceId: source.id, metadataId: 'mailbox', settings: { address: 1 } })).rejects.toMatchObject({ code: 'invalid_settings', details: { field: 'settings.address' } })
  expect(control.snapshot()).toBe(before)
  expect((await control.destinations.list({ count: 10 })).items).toEqual([])
})

test('changes made at the same time all end up in the snapshot', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  await Promise.all(Array.from({ length: 20 }, (_, index) => control.sources.create({ slug: `s${index}`, metadataId: 'http' })))
  expect(control.snapshot().sources.size).toBe(20)
})

test('a restart publishes the same configuration', async () => {
  await using first = await openTestControl()
  const source = await first.control.sources.create({ slug: 'web', metadataId: 'http' })
  const functionId = await deployFunction(first.control, { settings: [{ name: 'key', label: 'key', description: '', type: 'STRING', required: true, sensitive: true }] })
  await first.control.insertInstances.create({ functionId, integrationId: source.id, settings: { key: CANARY } })
  await using second = await openTestControl({ dataDir: first.dataDir })
  expect(second.control.firstStart).toBe(false)
  expect(second.control.snapshot().sources).toEqual(first.control.snapshot().sources)
  expect(second.control.snapshot().sources.get(source.id)?.insert?.settings).toEqual({ key: CANARY })
})

test('a disabled destination is paused, not connected', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const { id } = await control.destinations.create({ sourceId: source.id, metadataId: 'catcher' })
  await control.destinations.change(id, { enabled: false })
  expect(control.snapshot().sources.get(source.id)?.connections).toEqual([])
  expect(control.snapshot().pausedDestinationIds).toEqual(new Set([id]))
})

test('sensitive settings are neither shown nor in any file of the data folder, yet the destination runs with them', async () => {
  await using opened = await openTestControl()
  const { control, db, dataDir, dbFile } = opened
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const created = await control.destinations.create({ sourceId: source.id, metadataId: 'mailbox', settings: { address: 'a', password: CANARY } })
  const changed = await control.destinations.change(created.id, { settings: { address: 'b' } })
  expect(JSON.stringify([created, changed, await control.destinations.get(created.id), await control.destinations.list({ count: 9 })])).not.toContain(CANARY)
  expect(changed).toMatchObject({ settings: { address: 'b' }, encryptedSettings: { password: true } })
  expect(control.snapshot().sources.get(source.id)?.connections[0]?.target).toMatchObject({ settings: { address: 'b', password: CANARY } })
  const files = await Promise.all([dbFile, `${dbFile}-wal`, join(dataDir, 'secret-key')].map((file) => readFile(file)))
  for (const bytes of files) expect(bytes.includes(CANARY)).toBe(false)
  await control.destinations.change(created.id, { settings: { password: null } })
  expect(control.snapshot().sources.get(source.id)?.connections[0]?.target).toMatchObject({ settings: { address: 'b', size: 10 } })
  expect(await db.selectFrom('destinations').select('sealed').execute()).toEqual([{ sealed: '{}' }])
})

test('a setting that becomes sensitive later is sealed where it is kept', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const key = { name: 'key', label: 'key', description: '', type: 'STRING' as const, required: false }
  const functionId = await deployFunction(control, { resourceType: 'DESTINATION', settings: [{ ...key, sensitive: false }] })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const { id } = await control.destinations.create({ sourceId: source.id, metadataId: `function:${functionId}`, settings: { key: CANARY } })
  await control.functions.change(functionId, { settings: [{ ...key, sensitive: true }] })
  expect(await control.destinations.get(id)).toMatchObject({ settings: {}, encryptedSettings: { key: true } })
  expect(control.snapshot().sources.get(source.id)?.connections[0]?.target).toMatchObject({ instance: { settings: { key: CANARY } } })
})

test('a start with another secret key is refused before anything runs', async () => {
  await using first = await openTestControl({ secretKey: 'the first key of this store' })
  await expect(openTestControl({ dataDir: first.dataDir, secretKey: 'quite another key than that' })).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'SLUICE_SECRET_KEY' } })
  await expect(openTestControl({ secretKey: 'short' })).rejects.toMatchObject({ details: { field: 'SLUICE_SECRET_KEY' } })
})

test('the admin token is made once, for its owner alone, unless it is given', async () => {
  await using opened = await openTestControl()
  const { dataDir } = opened
  const made = await openAdminToken({ dataDir })
  expect(made).toMatchObject({ created: true, token: expect.stringMatching(/^\w{40}$/) })
  expect(await openAdminToken({ dataDir })).toMatchObject({ created: false, token: made.token })
  expect((await stat(join(dataDir, 'admin-token'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(dataDir, 'secret-key'))).mode & 0o777).toBe(0o600)
  expect(await openAdminToken({ dataDir, token: 'given' })).toEqual({ created: false, token: 'given' })
})

test('the demo is deployed and connected', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  expect(control.firstStart).toBe(true)
  const demo = await makeDemo(control, { functionsDir: 'functions' })
  const plan = control.snapshot().sources.get(demo.sourceId)
  expect(control.snapshot().sourceIdByWriteKey.get(DEMO_WRITE_KEY)).toBe(demo.sourceId)
  expect(plan?.insert?.resourceType).toBe('INSERT_SOURCE')
  expect(plan?.connections.map((connection) => connection.integrationName)).toEqual(['Event Catcher', 'Demo alert (Demo)'])
})
