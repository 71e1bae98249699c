/** Queries about destinations. */
import { sql } from 'kysely'
import type { Destination } from '../model/workspace.ts'
import { pageOf, positionAfter, type Page, type PageRequest } from './page.ts'
import type { Db, DestinationRow } from './schema.ts'
import { settingsOf, settingsRow, type Stored } from './stored.ts'

export type StoredDestination = Stored<Destination>

export async function findDestination(db: Db, id: string): Promise<StoredDestination | undefined> {
  const row = await db.selectFrom('destinations').selectAll().where('id', '=', id).executeTakeFirst()
  return row && destinationOf(row)
}

export async function listDestinations(db: Db, request: PageRequest & { sourceId?: string }): Promise<Page<StoredDestination>> {
  let query = db.selectFrom('destinations').selectAll()
    .where('position', '>', positionAfter(request)).orderBy('position').limit(request.count + 1)
  if (request.sourceId !== undefined) query = query.where('source_id', '=', request.sourceId)
  return pageOf(await query.execute(), request, destinationOf)
}

/** All of them, for publication. */
export async function allDestinations(db: Db): Promise<StoredDestination[]> {
  const rows = await db.selectFrom('destinations').selectAll().orderBy('position').execute()
  return rows.map(destinationOf)
}

/** Those that were made from one catalog entry or function. */
export async function destinationsMadeFrom(db: Db, metadataId: string): Promise<StoredDestination[]> {
  const rows = await db.selectFrom('destinations').selectAll().where('metadata_id', '=', metadataId).orderBy('position').execute()
  return rows.map(destinationOf)
}

export async function insertDestination(db: Db, destination: StoredDestination): Promise<void> {
  await db.insertInto('destinations').values({
    id: destination.id,
    position: sql<number>`(select coalesce(max(position), 0) + 1 from destinations)`,
    workspace_id: destination.workspaceId,
    source_id: destination.sourceId,
    metadata_id: destination.metadataId,
    created_at: destination.createdAt,
    ...changeable(destination),
  }).execute()
}

export async function updateDestination(db: Db, destination: StoredDestination): Promise<void> {
  await db.updateTable('destinations').set(changeable(destination)).where('id', '=', destination.id).execute()
}

export async function deleteDestination(db: Db, id: string): Promise<void> {
  await db.deleteFrom('destinations').where('id', '=', id).execute()
}

function changeable(destination: StoredDestination) {
  return { name: destination.name, enabled: destination.enabled ? 1 : 0, updated_at: destination.updatedAt, ...settingsRow(destination) }
}

function destinationOf(row: DestinationRow): StoredDestination {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    sourceId: row.source_id,
    metadataId: row.metadata_id,
    name: row.name,
    enabled: row.enabled === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...settingsOf(row),
  }
}
