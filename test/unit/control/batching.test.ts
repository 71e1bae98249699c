import { expect, test } from 'vitest'
import { deployFunction, openTestControl } from '../../support/open-control.ts'

const BATCHER = 'function onBatch(events) {}\nfunction onTrack() {}'

test('size and wait are the instance\'s own, and reach the snapshot', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control, { code: BATCHER, resourceType: 'DESTINATION', batchMaxCount: 50 })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const first = await control.destinations.create({ sourceId: source.id, metadataId: `function:${functionId}` })
  await control.destinations.create({ sourceId: source.id, metadataId: `function:${functionId}`, batchMaxCount: 400, batchMaxWaitMs: 2_000 })
  const seen = () => control.snapshot().sources.get(source.id)!.connections.map(({ target, gather }) => [target.kind === 'function' && target.instance.batchMaxCount, gather])
  expect(seen()).toEqual([[50, undefined], [400, { countMax: 400, waitMs: 2_000 }]])
  await control.destinations.change(first.id, { batchMaxWaitMs: 10 })
  expect(seen()[0]).toEqual([50, { countMax: 50, waitMs: 10 }])
  expect(await control.destinations.change(first.id, { name: 'Other' })).toMatchObject({ name: 'Other', batchMaxCount: null, batchMaxWaitMs: 10 })
  expect(await control.destinations.change(first.id, { batchMaxWaitMs: null })).toMatchObject({ batchMaxWaitMs: null })
  expect(seen()[0]).toEqual([50, undefined])
})

test('an insert function before a destination batches too; one after a source does not', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control, { code: BATCHER, resourceType: 'INSERT_DESTINATION' })
  const ofSource = await deployFunction(control, { resourceType: 'INSERT_SOURCE' })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const destination = await control.destinations.create({ sourceId: source.id, metadataId: 'catcher' })
  await control.insertInstances.create({ functionId, integrationId: destination.id, batchMaxCount: 7, batchMaxWaitMs: 100 })
  expect(control.snapshot().sources.get(source.id)!.connections[0]).toMatchObject({ gather: { countMax: 7, waitMs: 100 }, insert: { batches: true, batchMaxCount: 7 } })
  await expect(control.insertInstances.create({ functionId: ofSource, integrationId: source.id, batchMaxCount: 7 })).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'batchMaxCount' } })
})

test('there is nothing to wait for without an onBatch', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control, { resourceType: 'DESTINATION' })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  await control.destinations.create({ sourceId: source.id, metadataId: `function:${functionId}`, batchMaxWaitMs: 100 })
  expect(control.snapshot().sources.get(source.id)!.connections[0]).not.toHaveProperty('gather')
})

test('what is particular to an instance goes with it', async () => {
  await using opened = await openTestControl()
  const { control, db } = opened
  const functionId = await deployFunction(control, { code: BATCHER, resourceType: 'DESTINATION' })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const { id } = await control.destinations.create({ sourceId: source.id, metadataId: `function:${functionId}`, batchMaxCount: 3 })
  expect(await db.selectFrom('function_instances').selectAll().execute()).toHaveLength(1)
  await control.destinations.remove(id)
  expect(await db.selectFrom('function_instances').selectAll().execute()).toEqual([])
})
