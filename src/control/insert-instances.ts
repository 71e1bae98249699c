/** Insert functions at work: which one is put into which source or destination, with which settings. */
import { SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import { findDestination } from '../db/destinations.ts'
import { allFunctionInstances, deleteStrayFunctionInstances } from '../db/function-instances.ts'
import { findFunction } from '../db/functions.ts'
import { deleteInsertInstance, findInsertInstance, findInsertInstanceIn, insertInsertInstance, listInsertInstances, updateInsertInstance } from '../db/insert-instances.ts'
import type { Page, PageRequest } from '../db/page.ts'
import type { Db } from '../db/schema.ts'
import { findSource } from '../db/sources.ts'
import type { JsonObject } from '../model/event.ts'
import type { InsertFunctionInstance } from '../model/function.ts'
import { found, isoNow, runnableFunction, type ControlContext } from './context.ts'
import { batchingOf, changeBatching, readBatching, type Batching } from './instance-batching.ts'
import { changeSettings, shown, type Shown } from './instance-settings.ts'
import { functionRules } from './settings-rules.ts'

export type ShownInsertInstance = Shown<InsertFunctionInstance> & Batching

export interface NewInsertInstance {
  /** A deployed INSERT_SOURCE or INSERT_DESTINATION function. */
  functionId: string
  /** The source or destination to put it into; one that has no insert function yet. */
  integrationId: string
  /** Default: the function's name. */
  name?: string
  /** Default: true. */
  enabled?: boolean
  settings?: JsonObject
  /** Of those before a destination: how many events one `onBatch` call gets, and how long they are waited for. Null: as the function says; no wait. */
  batchMaxCount?: number | null
  batchMaxWaitMs?: number | null
}

export type InsertInstanceChange = Partial<Pick<NewInsertInstance, 'name' | 'enabled' | 'settings' | keyof Batching>>

export interface InsertInstanceControl {
  list(request: PageRequest & { functionId?: string }): Promise<Page<ShownInsertInstance>>
  /** @throws SluiceError not_found, as all of the following */
  get(id: string): Promise<ShownInsertInstance>
  /** @throws SluiceError conflict, invalid_request, invalid_settings, function_not_deployed */
  create(given: NewInsertInstance): Promise<ShownInsertInstance>
  /** @throws SluiceError invalid_settings */
  change(id: string, given: InsertInstanceChange): Promise<ShownInsertInstance>
  remove(id: string): Promise<void>
}

export function createInsertInstanceControl(context: ControlContext): InsertInstanceControl {
  const get = async (db: Db, id: string) => found(await findInsertInstance(db, id), 'insert function instance', id)
  return {
    list: async (request) => {
      const page = await listInsertInstances(context.db, request)
      const instances = await allFunctionInstances(context.db)
      return { ...page, items: page.items.map((item) => ({ ...shown(item), ...batchingOf(instances, item.id) })) }
    },
    get: async (id) => ({ ...shown(await get(context.db, id)), ...await readBatching(context.db, id) }),
    create: (given) => context.change((db) => createInstance(context, db, given)),
    change: (id, given) => context.change(async (db) => {
      const kept = await get(db, id)
      const { settings: givenSettings, batchMaxCount, batchMaxWaitMs, ...rest } = given
      const record = found(await findFunction(db, kept.functionId), 'function', kept.functionId)
      const settings = givenSettings && changeSettings(context.sealer, { id, rules: functionRules(record.settings), kept, given: givenSettings })
      const changed = { ...kept, ...rest, ...settings, updatedAt: isoNow(context) }
      await updateInsertInstance(db, changed)
      const batching = await changeBatching(db, id, { given: { batchMaxCount, batchMaxWaitMs }, runsFunction: record.resourceType === 'INSERT_DESTINATION' })
      return { ...shown(changed), ...batching }
    }),
    remove: (id) => context.change(async (db) => {
      await get(db, id)
      await deleteInsertInstance(db, id)
      await deleteStrayFunctionInstances(db)
    }),
  }
}

async function createInstance(context: ControlContext, db: Db, given: NewInsertInstance): Promise<ShownInsertInstance> {
  const { functionId, integrationId } = given
  const record = await runnableFunction(db, { id: functionId, kinds: ['INSERT_SOURCE', 'INSERT_DESTINATION'], field: 'functionId' })
  const integration = record.resourceType === 'INSERT_SOURCE' ? await findSource(db, integrationId) : await findDestination(db, integrationId)
  if (!integration) {
    const what = record.resourceType === 'INSERT_SOURCE' ? 'source' : 'destination'
    throw new SluiceError('invalid_request', { message: `integrationId: an ${record.resourceType} function goes into a ${what}, and there is no ${what} ${integrationId}`, field: 'integrationId' })
  }
  const present = await findInsertInstanceIn(db, integrationId)
  if (present) throw new SluiceError('conflict', { message: `integrationId: ${integrationId} has an insert function already (${present.id}); change or remove it`, field: 'integrationId' })
  const id = newId('ifi')
  const now = isoNow(context)
  const instance = {
    id,
    workspaceId: record.workspaceId,
    functionId,
    integrationId,
    name: given.name ?? record.displayName,
    enabled: given.enabled ?? true,
    ...changeSettings(context.sealer, { id, rules: functionRules(record.settings), given: given.settings ?? {} }),
    createdAt: now,
    updatedAt: now,
  }
  await insertInsertInstance(db, instance)
  return { ...shown(instance), ...await changeBatching(db, id, { given, runsFunction: record.resourceType === 'INSERT_DESTINATION' }) }
}
