/** Sources: what a person may do with them. */
import { SluiceError } from '../base/errors.ts'
import { newId, randomText } from '../base/ids.ts'
import { deleteCaughtEvents } from '../db/caught-events.ts'
import { listDestinations } from '../db/destinations.ts'
import { deleteStrayFunctionInstances } from '../db/function-instances.ts'
import { deleteInsertInstancesIn } from '../db/insert-instances.ts'
import type { Page, PageRequest } from '../db/page.ts'
import type { Db } from '../db/schema.ts'
import { deleteSource, deleteWriteKey, findSource, findSourceBySlug, insertSource, insertWriteKey, listSources, touchSource, updateSource } from '../db/sources.ts'
import type { JsonObject } from '../model/event.ts'
import type { Source } from '../model/workspace.ts'
import { found, isoNow, runnableFunction, type ControlContext } from './context.ts'
import { changeSettings, shown, type Shown } from './instance-settings.ts'
import { functionIdOf } from './runnable.ts'
import type { SettingsRules } from './settings-rules.ts'
import { findSourceKind, SOURCE_KINDS } from './source-catalog.ts'
import { functionSourceRules, SOURCE_RULES } from './source-settings.ts'

export type ShownSource = Shown<Source>

export interface NewSource {
  slug: string
  /** Default: the slug. */
  name?: string
  /** Default: true. */
  enabled?: boolean
  /** A catalog slug or `function:<id>` of a deployed source function. */
  metadataId: string
  settings?: JsonObject
  /** Default: a random one. */
  writeKey?: string
}

export type SourceChange = Partial<Pick<NewSource, 'slug' | 'name' | 'enabled' | 'settings'>>

export interface SourceControl {
  list(request: PageRequest): Promise<Page<ShownSource>>
  /** @throws SluiceError not_found, as all of the following */
  get(id: string): Promise<ShownSource>
  /** @throws SluiceError conflict, invalid_request, invalid_settings, function_not_deployed */
  create(given: NewSource): Promise<ShownSource>
  /** @throws SluiceError conflict, invalid_settings */
  change(id: string, given: SourceChange): Promise<ShownSource>
  /** With its destinations and the insert functions in it. */
  remove(id: string): Promise<void>
  addWriteKey(id: string): Promise<ShownSource>
  removeWriteKey(id: string, writeKey: string): Promise<ShownSource>
}

const ALL = { count: Number.MAX_SAFE_INTEGER - 1 }

export function createSourceControl(context: ControlContext): SourceControl {
  const get = async (db: Db, id: string) => found(await findSource(db, id), 'source', id)
  return {
    list: async (request) => {
      const page = await listSources(context.db, request)
      return { ...page, items: page.items.map(shown) }
    },
    get: async (id) => shown(await get(context.db, id)),
    create: (given) => context.change(async (db) => shown(await createSource(context, db, given))),
    change: (id, given) => context.change(async (db) => {
      const kept = await get(db, id)
      if (given.slug !== undefined && given.slug !== kept.slug) await refuseTaken(db, kept.workspaceId, given.slug)
      const { settings: givenSettings, ...rest } = given
      const settings = givenSettings && changeSettings(context.sealer, { id, rules: await rulesOf(db, kept.metadataId), kept, given: givenSettings })
      const changed = { ...kept, ...rest, ...settings, updatedAt: isoNow(context) }
      await updateSource(db, changed)
      return shown(changed)
    }),
    remove: (id) => context.change(async (db) => {
      await get(db, id)
      const destinations = await listDestinations(db, { ...ALL, sourceId: id })
      const destinationIds = destinations.items.map((destination) => destination.id)
      await deleteInsertInstancesIn(db, [id, ...destinationIds])
      await deleteCaughtEvents(db, destinationIds)
      await deleteSource(db, id)
      await deleteStrayFunctionInstances(db)
    }),
    addWriteKey: (id) => context.change(async (db) => {
      await get(db, id)
      await insertWriteKey(db, id, randomText(32))
      await touchSource(db, id, isoNow(context))
      return shown(await get(db, id))
    }),
    removeWriteKey: (id, writeKey) => context.change(async (db) => {
      const kept = await get(db, id)
      if (!kept.writeKeys.includes(writeKey)) throw new SluiceError('not_found', { message: `Source ${id} has no such write key.` })
      await deleteWriteKey(db, id, writeKey)
      await touchSource(db, id, isoNow(context))
      return shown(await get(db, id))
    }),
  }
}

async function createSource(context: ControlContext, db: Db, given: NewSource) {
  const id = newId('src')
  const workspaceId = context.workspace().id
  await refuseTaken(db, workspaceId, given.slug)
  const now = isoNow(context)
  const source = {
    id,
    workspaceId,
    slug: given.slug,
    name: given.name ?? given.slug,
    metadataId: given.metadataId,
    enabled: given.enabled ?? true,
    writeKeys: [given.writeKey ?? randomText(32)],
    ...changeSettings(context.sealer, { id, rules: await rulesOf(db, given.metadataId), given: given.settings ?? {} }),
    webhookToken: randomText(32),
    createdAt: now,
    updatedAt: now,
  }
  await insertSource(db, source)
  return source
}

async function rulesOf(db: Db, metadataId: string): Promise<SettingsRules> {
  const functionId = functionIdOf(metadataId)
  if (functionId !== undefined) return functionSourceRules((await runnableFunction(db, { id: functionId, kinds: ['SOURCE'], field: 'metadataId' })).settings)
  if (findSourceKind(metadataId)) return SOURCE_RULES
  throw new SluiceError('invalid_request', {
    message: `metadataId: there is no source "${metadataId}"; known are: ${SOURCE_KINDS.map((kind) => kind.slug).join(', ')}, and function:<id> of a source function`,
    field: 'metadataId',
  })
}

async function refuseTaken(db: Db, workspaceId: string, slug: string): Promise<void> {
  if (await findSourceBySlug(db, workspaceId, slug)) throw new SluiceError('conflict', { message: `slug: another source is called "${slug}"`, field: 'slug' })
}
