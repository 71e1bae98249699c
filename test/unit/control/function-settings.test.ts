/** Settings of every type on their way from the definition to the function that runs with them. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { FunctionSettingsShape } from '#src/control/function-shape.ts'
import type { Json } from '#src/model/event.ts'
import type { FunctionSetting } from '#src/model/function.ts'
import { deployFunction, openTestControl } from '../../support/open-control.ts'

const setting = (given: Partial<FunctionSetting> & Pick<FunctionSetting, 'type'>): FunctionSetting => ({ name: 'it', label: 'it', description: '', required: false, sensitive: false, ...given })

const TYPES: [type: FunctionSetting['type'], good: Json, bad: Json[]][] = [
  ['STRING', 'text', [1, true, [], {}]],
  ['BOOLEAN', true, ['true', 1, {}]],
  ['ARRAY', ['a', 'b'], ['a', { 0: 'a' }, 1]],
  ['TEXT_MAP', { a: 'b' }, ['a', ['a'], { a: 1 }, { a: { b: 'c' } }]],
]

test.each(TYPES)('a %s takes its own type and refuses others by name', async (type, good, bad) => {
  await using opened = await openTestControl()
  const { functions } = opened.control
  const id = await deployFunction(opened.control, { settings: [setting({ type })] })
  expect((await functions.runnable(id, { it: good })).settings).toEqual({ it: good })
  for (const value of bad) await expect(functions.runnable(id, { it: value })).rejects.toMatchObject({ code: 'invalid_settings', details: { field: 'settings.it' } })
})

test.each(TYPES)('a %s that is absent is its default, which also serves where it is required', async (type, good, bad) => {
  await using opened = await openTestControl()
  const { control } = opened
  const id = await deployFunction(control, { settings: [setting({ type, required: true, defaultValue: good })], resourceType: 'DESTINATION' })
  expect((await control.functions.runnable(id, {})).settings).toEqual({ it: good })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const made = await control.destinations.create({ sourceId: source.id, metadataId: `function:${id}` })
  const running = () => (control.snapshot().sources.get(source.id)!.connections[0]!.target as { instance: { settings: unknown } }).instance.settings
  expect(running()).toEqual({ it: good })
  // Its own value wins, and removing that brings the default back.
  const own: Json = type === 'BOOLEAN' ? false : type === 'STRING' ? 'own' : type === 'ARRAY' ? ['own'] : { own: 'own' }
  await control.destinations.change(made.id, { settings: { it: own } })
  expect(running()).toEqual({ it: own })
  await control.destinations.change(made.id, { settings: { it: null } })
  expect(running()).toEqual({ it: good })
  for (const value of bad) expect(FunctionSettingsShape.safeParse([{ name: 'it', type, defaultValue: value }]).error!.issues[0]).toMatchObject({ path: [0, 'defaultValue'], message: expect.stringContaining('must be') })
})

test('a sensitive setting has no default', () => {
  expect(FunctionSettingsShape.safeParse([{ name: 'it', type: 'STRING', sensitive: true, defaultValue: 'x' }]).error!.issues).toMatchObject([{ path: [0, 'defaultValue'] }])
})

const CANARY = 'canary-5f0c1d'
const SECRETS: [type: FunctionSetting['type'], value: Json][] = [['STRING', CANARY], ['ARRAY', ['a', CANARY]], ['TEXT_MAP', { key: CANARY }]]

test.each(SECRETS)('a sensitive %s is sealed at rest, never shown, given to the function, and hidden in what is shown of its runs', async (type, value) => {
  await using opened = await openTestControl()
  const { control, dbFile } = opened
  const id = await deployFunction(control, { settings: [setting({ type, sensitive: true })], resourceType: 'DESTINATION' })
  const source = await control.sources.create({ slug: 'web', metadataId: 'http' })
  const made = await control.destinations.create({ sourceId: source.id, metadataId: `function:${id}`, settings: { it: value } })
  for (const shown of [made, await control.destinations.get(made.id), await control.destinations.list({ count: 10 })]) expect(JSON.stringify(shown)).not.toContain(CANARY)
  expect(made).toMatchObject({ settings: {}, encryptedSettings: { it: true } })
  const files = await Promise.all([dbFile, `${dbFile}-wal`].map((file) => readFile(file).catch(() => Buffer.of())))
  expect(files.some((bytes) => bytes.includes(CANARY))).toBe(false)
  const { target } = control.snapshot().sources.get(source.id)!.connections[0]!
  expect(target).toMatchObject({ instance: { settings: { it: value } } })
  expect(target.kind === 'function' && target.instance.secrets).toContain(CANARY)
})
