/** What a first start puts into the empty workspace, so that one `curl` shows an event all the way through. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Control } from './control.ts'
import { FunctionFileShape } from './function-shape.ts'

/** Write keys are public identifiers; a fixed one lets the README's `curl` line be pasted as it is. */
export const DEMO_WRITE_KEY = 'demo-write-key'

export interface Demo {
  sourceId: string
  writeKey: string
  catcherId: string
}

/** Makes a source with an insert function, a destination function and an event catcher; all deployed. */
export async function makeDemo(control: Control, options: { functionsDir: string }): Promise<Demo> {
  const enrich = await deployExample(control, join(options.functionsDir, 'demo-enrich'))
  const alert = await deployExample(control, join(options.functionsDir, 'demo-alert'))
  const source = await control.sources.create({ slug: 'demo', name: 'Demo', metadataId: 'http', writeKey: DEMO_WRITE_KEY })
  await control.insertInstances.create({ functionId: enrich, integrationId: source.id })
  const catcher = await control.destinations.create({ sourceId: source.id, metadataId: 'catcher' })
  await control.destinations.create({ sourceId: source.id, metadataId: `function:${alert}` })
  return { sourceId: source.id, writeKey: DEMO_WRITE_KEY, catcherId: catcher.id }
}

async function deployExample(control: Control, folder: string): Promise<string> {
  const about = FunctionFileShape.parse(JSON.parse(await readFile(join(folder, 'function.json'), 'utf8')))
  const { id } = await control.functions.create({ ...about, code: await readFile(join(folder, 'function.ts'), 'utf8') })
  await control.functions.deploy(id)
  return id
}
