import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readFunctionFolder } from '../../../src/cli/function-folder.ts'

let folder: string
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'sluice-folder-')) })
afterEach(() => rm(folder, { recursive: true }))

const write = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text)

test('a folder is read with the defaults that the API expects', async () => {
  await write('function.ts', 'function onTrack(event) { return event }')
  await write('function.json', '{"displayName": "Enrich", "resourceType": "INSERT_SOURCE", "settings": [{"name": "apiKey", "type": "STRING", "sensitive": true}]}')
  expect(await readFunctionFolder(folder)).toEqual({
    displayName: 'Enrich', resourceType: 'INSERT_SOURCE', description: '', codeFile: 'function.ts', code: 'function onTrack(event) { return event }',
    settings: [{ name: 'apiKey', label: 'apiKey', description: '', type: 'STRING', required: false, sensitive: true }],
  })
})

test('plain JavaScript is as good', async () => {
  await write('function.js', 'x')
  await write('function.json', '{"displayName": "Enrich", "resourceType": "DESTINATION"}')
  expect(await readFunctionFolder(folder)).toMatchObject({ codeFile: 'function.js', settings: [] })
})

test.each([
  ['{"displayName": "A"', 'is not JSON'],
  ['{"displayName": "A", "resourceType": "TRANSFORM"}', 'resourceType'],
  ['{"displayName": "A", "resourceType": "SOURCE", "colour": "red"}', 'colour'],
  ['{"resourceType": "SOURCE"}', 'displayName'],
  ['{"displayName": "A", "resourceType": "SOURCE", "settings": [{"name": "a b", "type": "STRING"}]}', 'settings.0.name: must be a JavaScript name'],
])('function.json of %s is refused by the place that is wrong', async (text, reason) => {
  await write('function.ts', 'x')
  await write('function.json', text)
  await expect(readFunctionFolder(folder)).rejects.toThrow(reason)
})

test('a missing folder, missing code, missing function.json and code twice are each named', async () => {
  await expect(readFunctionFolder(join(folder, 'none'))).rejects.toThrow('There is no folder')
  await expect(readFunctionFolder(folder)).rejects.toThrow('neither function.ts nor function.js')
  await write('function.ts', 'x')
  await expect(readFunctionFolder(folder)).rejects.toThrow('function.json is missing')
  await write('function.js', 'x')
  await expect(readFunctionFolder(folder)).rejects.toThrow('both')
  await mkdir(join(folder, 'examples'))
})
