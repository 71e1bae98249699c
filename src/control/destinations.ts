/** Destinations: what a person may do with them. */
import { SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import { deleteCaughtEvents } from '../db/caught-events.ts'
import { deleteDestination, findDestination, insertDestination, listDestinations, updateDestination, type StoredDestination } from '../db/destinations.ts'
import { allFunctionInstances, deleteStrayFunctionInstances } from '../db/function-instances.ts'
import { deleteInsertInstancesIn } from '../db/insert-instances.ts'
import type { Page, PageRequest } from '../db/page.ts'
import type { Db } from '../db/schema.ts'
import { findSource } from '../db/sources.ts'
import type { JsonObject } from '../model/event.ts'
import type { Destination } from '../model/workspace.ts'
import { found, isoNow, referred, runnableFunction, type ControlContext } from './context.ts'
import { batchingOf, changeBatching, readBatching, type Batching } from './instance-batching.ts'
import { changeSettings, shown, type Shown } from './instance-settings.ts'
import { functionIdOf } from './runnable.ts'
import { builtinRules, functionRules, type SettingsRules } from './settings-rules.ts'

/** Batching only where it can have some. */
export type ShownDestination = Shown<Destination> & Partial<Batching>

export interface NewDestination {
  sourceId: string
  /** A catalog slug or `function:<id>` of a deployed destination function. */
  metadataId: string
  /** Default: the catalog's title or the function's name. */
  name?: string
  /** Default: true. */
  enabled?: boolean
  settings?: JsonObject
  /** Of destination functions: how many events one `onBatch` call gets, and how long they are waited for. Null: as the function says; no wait. */
  batchMaxCount?: number | null
  batchMaxWaitMs?: number | null
}

export type DestinationChange = Partial<Pick<NewDestination, 'name' | 'enabled' | 'settings' | keyof Batching>>

export interface DestinationControl {
  list(request: PageRequest & { sourceId?: string }): Promise<Page<ShownDestination>>
  /** @throws SluiceError not_found, as all of the following */
  get(id: string): Promise<ShownDestination>
  /** @throws SluiceError invalid_request, invalid_settings, function_not_deployed */
  create(given: NewDestination): Promise<ShownDestination>
  /** @throws SluiceError invalid_settings */
  change(id: string, given: DestinationChange): Promise<ShownDestination>
  /** With the insert function in it and what it caught. */
  remove(id: string): Promise<void>
}

export function createDestinationControl(context: ControlContext): DestinationControl {
  const get = async (db: Db, id: string) => found(await findDestination(db, id), 'destination', id)
  return {
    list: async (request) => {
      const page = await listDestinations(context.db, request)
      const instances = await allFunctionInstances(context.db)
      return { ...page, items: page.items.map((item) => withBatching(item, batchingOf(instances, item.id))) }
    },
    get: async (id) => withBatching(await get(context.db, id), await readBatching(context.db, id)),
    create: (given) => context.change(async (db) => {
      const made = await createDestination(context, db, given)
      return withBatching(made, await changeBatching(db, made.id, { given, runsFunction: runsFunction(made) }))
    }),
    change: (id, given) => context.change(async (db) => {
      const kept = await get(db, id)
      const { settings: givenSettings, batchMaxCount, batchMaxWaitMs, ...rest } = given
      const batching = await changeBatching(db, id, { given: { batchMaxCount, batchMaxWaitMs }, runsFunction: runsFunction(kept) })
      const settings = givenSettings && changeSettings(context.sealer, { id, rules: (await kindOf(context, db, kept.metadataId)).rules, kept, given: givenSettings })
      const changed = { ...kept, ...rest, ...settings, updatedAt: isoNow(context) }
      await updateDestination(db, changed)
      return withBatching(changed, batching)
    }),
    remove: (id) => context.change(async (db) => {
      await get(db, id)
      await deleteInsertInstancesIn(db, [id])
      await deleteCaughtEvents(db, [id])
      await deleteDestination(db, id)
      await deleteStrayFunctionInstances(db)
    }),
  }
}

function runsFunction({ metadataId }: Destination): boolean {
  return functionIdOf(metadataId) !== undefined
}

function withBatching(destination: StoredDestination, batching: Batching): ShownDestination {
  return { ...shown(destination), ...(runsFunction(destination) && batching) }
}

async function createDestination(context: ControlContext, db: Db, given: NewDestination) {
  const source = referred(await findSource(db, given.sourceId), 'sourceId', given.sourceId)
  const kind = await kindOf(context, db, given.metadataId)
  const id = newId('dst')
  const now = isoNow(context)
  const destination = {
    id,
    workspaceId: source.workspaceId,
    sourceId: source.id,
    metadataId: given.metadataId,
    name: given.name ?? kind.title,
    enabled: given.enabled ?? true,
    ...changeSettings(context.sealer, { id, rules: kind.rules, given: given.settings ?? {} }),
    createdAt: now,
    updatedAt: now,
  }
  await insertDestination(db, destination)
  return destination
}

async function kindOf(context: ControlContext, db: Db, metadataId: string): Promise<{ title: string, rules: SettingsRules }> {
  const functionId = functionIdOf(metadataId)
  if (functionId !== undefined) {
    const record = await runnableFunction(db, { id: functionId, kinds: ['DESTINATION'], field: 'metadataId' })
    return { title: record.displayName, rules: functionRules(record.settings) }
  }
  const definition = context.destinations.get(metadataId)
  if (definition) return { title: definition.title, rules: builtinRules(definition) }
  throw new SluiceError('invalid_request', {
    message: `metadataId: there is no destination "${metadataId}"; known are: ${[...context.destinations.keys()].join(', ')}, and function:<id> of a destination function`,
    field: 'metadataId',
  })
}
