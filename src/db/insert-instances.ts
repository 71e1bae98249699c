/** Queries about insert-function instances. */
import { sql } from 'kysely'
import type { InsertFunctionInstance } from '../model/function.ts'
import { pageOf, positionAfter, type Page, type PageRequest } from './page.ts'
import type { Db, InsertInstanceRow } from './schema.ts'
import { settingsOf, settingsRow, type Stored } from './stored.ts'

export type StoredInsertInstance = Stored<InsertFunctionInstance>

export async function findInsertInstance(db: Db, id: string): Promise<StoredInsertInstance | undefined> {
  const row = await db.selectFrom('insert_instances').selectAll().where('id', '=', id).executeTakeFirst()
  return row && instanceOf(row)
}

/** The one that is put into a source or destination; there is at most one. */
export async function findInsertInstanceIn(db: Db, integrationId: string): Promise<StoredInsertInstance | undefined> {
  const row = await db.selectFrom('insert_instances').selectAll().where('integration_id', '=', integrationId).executeTakeFirst()
  return row && instanceOf(row)
}

export async function listInsertInstances(db: Db, request: PageRequest & { functionId?: string }): Promise<Page<StoredInsertInstance>> {
  let query = db.selectFrom('insert_instances').selectAll()
    .where('position', '>', positionAfter(request)).orderBy('position').limit(request.count + 1)
  if (request.functionId !== undefined) query = query.where('function_id', '=', request.functionId)
  return pageOf(await query.execute(), request, instanceOf)
}

/** All of them, for publication. */
export async function allInsertInstances(db: Db): Promise<StoredInsertInstance[]> {
  const rows = await db.selectFrom('insert_instances').selectAll().orderBy('position').execute()
  return rows.map(instanceOf)
}

export async function insertInstancesOf(db: Db, functionId: string): Promise<StoredInsertInstance[]> {
  const rows = await db.selectFrom('insert_instances').selectAll().where('function_id', '=', functionId).orderBy('position').execute()
  return rows.map(instanceOf)
}

export async function insertInsertInstance(db: Db, instance: StoredInsertInstance): Promise<void> {
  await db.insertInto('insert_instances').values({
    id: instance.id,
    position: sql<number>`(select coalesce(max(position), 0) + 1 from insert_instances)`,
    workspace_id: instance.workspaceId,
    function_id: instance.functionId,
    integration_id: instance.integrationId,
    created_at: instance.createdAt,
    ...changeable(instance),
  }).execute()
}

export async function updateInsertInstance(db: Db, instance: StoredInsertInstance): Promise<void> {
  await db.updateTable('insert_instances').set(changeable(instance)).where('id', '=', instance.id).execute()
}

export async function deleteInsertInstance(db: Db, id: string): Promise<void> {
  await db.deleteFrom('insert_instances').where('id', '=', id).execute()
}

/** When sources or destinations are removed, what was put into them goes too. */
export async function deleteInsertInstancesIn(db: Db, integrationIds: string[]): Promise<void> {
  if (integrationIds.length > 0) await db.deleteFrom('insert_instances').where('integration_id', 'in', integrationIds).execute()
}

function changeable(instance: StoredInsertInstance) {
  return { name: instance.name, enabled: instance.enabled ? 1 : 0, updated_at: instance.updatedAt, ...settingsRow(instance) }
}

function instanceOf(row: InsertInstanceRow): StoredInsertInstance {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    functionId: row.function_id,
    integrationId: row.integration_id,
    name: row.name,
    enabled: row.enabled === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...settingsOf(row),
  }
}
