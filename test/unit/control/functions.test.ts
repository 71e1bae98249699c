import { expect, test } from 'vitest'
import type { FunctionSetting } from '#src/model/function.ts'
import { deployFunction, openTestControl } from '../../support/open-control.ts'

const key: FunctionSetting = { name: 'key', label: 'key', description: '', type: 'STRING', required: true, sensitive: false }

test('saving makes a version and runs nothing; deploying lets every instance run it under a new key', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control)
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  await control.insertInstances.create({ functionId, integrationId: source.id })
  const insert = () => control.snapshot().sources.get(source.id)!.insert!
  const first = insert()
  await control.functions.change(functionId, { code: 'function onTrack() {}' })
  expect(insert()).toEqual(first)
  await control.functions.deploy(functionId)
  expect(insert().key).not.toBe(first.key)
  expect(insert().code.script).not.toBe(first.code.script)
  expect((await control.functions.versions(functionId, { count: 10 })).items.map((version) => version.number)).toEqual([2, 1])
})

test('other settings make another key', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control, { settings: [key] })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const { id } = await control.insertInstances.create({ functionId, integrationId: source.id, settings: { key: 'a' } })
  const before = control.snapshot().sources.get(source.id)!.insert!.key
  await control.insertInstances.change(id, { settings: { key: 'b' } })
  expect(control.snapshot().sources.get(source.id)!.insert!.key).not.toBe(before)
})

test('restoring copies an old version as the newest and deploys nothing', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control, { code: 'var first' })
  const [first] = (await control.functions.versions(functionId, { count: 1 })).items
  await control.functions.change(functionId, { code: 'var second' })
  await control.functions.deploy(functionId)
  const restored = await control.functions.restore(functionId, first!.id)
  expect(restored).toMatchObject({ number: 3, code: 'var first' })
  expect(await control.functions.get(functionId)).toMatchObject({ code: 'var first', latestVersionId: restored.id })
  expect((await control.functions.get(functionId)).deployedVersionId).not.toBe(restored.id)
})

test('code that does not compile is refused with its place and saves nothing', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  await expect(control.functions.create({ code: 'function onTrack() {\n  let x = ;\n}', displayName: 'Broken', resourceType: 'DESTINATION' }))
    .rejects.toMatchObject({ code: 'function_compile_failed', details: { file: 'function.ts', line: 2, column: 11 } })
  expect((await control.functions.list({ count: 10 })).items).toEqual([])
})

test('a new required setting stops the next deployment until every instance has it, and no running one', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control)
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const { id } = await control.insertInstances.create({ functionId, integrationId: source.id })
  await control.functions.change(functionId, { settings: [key] })
  await expect(control.functions.deploy(functionId)).rejects.toMatchObject({ code: 'invalid_settings', details: { field: 'settings.key' }, message: expect.stringContaining(id) })
  await control.insertInstances.change(id, { settings: { key: 'a' } })
  await control.functions.deploy(functionId)
  expect(control.snapshot().sources.get(source.id)?.insert?.settings).toEqual({ key: 'a' })
})

test('absent settings reach the function as empty ones of their type', async () => {
  await using opened = await openTestControl()
  const optional = (name: string, type: FunctionSetting['type']): FunctionSetting => ({ ...key, name, type, required: false })
  const functionId = await deployFunction(opened.control, { settings: [optional('s', 'STRING'), optional('b', 'BOOLEAN'), optional('a', 'ARRAY'), optional('m', 'TEXT_MAP')] })
  expect((await opened.control.functions.runnable(functionId, {})).settings).toEqual({ s: '', b: false, a: [], m: {} })
})

test.each([
  [{}, 'settings.key'], [{ key: '' }, 'settings.key'], [{ key: 1 }, 'settings.key'], [{ key: 'a', other: 1 }, 'settings.other'],
])('settings %j are refused at %s', async (settings, field) => {
  await using opened = await openTestControl()
  const functionId = await deployFunction(opened.control, { settings: [key] })
  await expect(opened.control.functions.runnable(functionId, settings)).rejects.toMatchObject({ code: 'invalid_settings', details: { field } })
})

test('what is in use cannot be removed; the refusal names its user', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control, { resourceType: 'DESTINATION' })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const { id } = await control.destinations.create({ sourceId: source.id, metadataId: `function:${functionId}` })
  await expect(control.functions.remove(functionId)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(id) })
  await control.sources.remove(source.id)
  await control.functions.remove(functionId)
  await expect(control.functions.get(functionId)).rejects.toMatchObject({ code: 'not_found' })
})

test('a function that is not deployed, or is of another kind, cannot be put to work', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const { id } = await control.functions.create({ code: 'var x', displayName: 'Idle', resourceType: 'DESTINATION' })
  await expect(control.destinations.create({ sourceId: source.id, metadataId: `function:${id}` })).rejects.toMatchObject({ code: 'function_not_deployed' })
  await control.functions.deploy(id)
  await expect(control.insertInstances.create({ functionId: id, integrationId: source.id })).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'functionId' } })
  await expect(control.sources.create({ slug: 'hook', metadataId: `function:${id}` })).rejects.toMatchObject({ details: { field: 'metadataId' } })
})

test('a source or destination has one insert function at most', async () => {
  await using opened = await openTestControl()
  const { control } = opened
  const functionId = await deployFunction(control)
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  await control.insertInstances.create({ functionId, integrationId: source.id })
  await expect(control.insertInstances.create({ functionId, integrationId: source.id })).rejects.toMatchObject({ code: 'conflict', details: { field: 'integrationId' } })
})
