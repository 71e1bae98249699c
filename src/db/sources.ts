/** Queries about sources and their write keys. */
import { sql } from 'kysely'
import type { Source } from '../model/workspace.ts'
import { pageOf, positionAfter, type Page, type PageRequest } from './page.ts'
import type { Db, SourceRow } from './schema.ts'
import { settingsOf, settingsRow, type Stored } from './stored.ts'

export type StoredSource = Stored<Source>

export async function findSource(db: Db, id: string): Promise<StoredSource | undefined> {
  const row = await db.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirst()
  return row && (await withKeys(db, [row]))[0]
}

export async function findSourceBySlug(db: Db, workspaceId: string, slug: string): Promise<StoredSource | undefined> {
  const row = await db.selectFrom('sources').selectAll().where('workspace_id', '=', workspaceId).where('slug', '=', slug).executeTakeFirst()
  return row && (await withKeys(db, [row]))[0]
}

export async function listSources(db: Db, request: PageRequest): Promise<Page<StoredSource>> {
  const rows = await db.selectFrom('sources').selectAll()
    .where('position', '>', positionAfter(request)).orderBy('position').limit(request.count + 1).execute()
  const sources = new Map((await withKeys(db, rows)).map((source) => [source.id, source]))
  return pageOf(rows, request, (row) => sources.get(row.id)!)
}

/** All of them, for publication. */
export async function allSources(db: Db): Promise<StoredSource[]> {
  return withKeys(db, await db.selectFrom('sources').selectAll().orderBy('position').execute())
}

/** Those that were made from one catalog entry or function. */
export async function sourcesMadeFrom(db: Db, metadataId: string): Promise<StoredSource[]> {
  return withKeys(db, await db.selectFrom('sources').selectAll().where('metadata_id', '=', metadataId).orderBy('position').execute())
}

export async function insertSource(db: Db, source: StoredSource): Promise<void> {
  await db.insertInto('sources').values({
    id: source.id,
    position: sql<number>`(select coalesce(max(position), 0) + 1 from sources)`,
    workspace_id: source.workspaceId,
    created_at: source.createdAt,
    metadata_id: source.metadataId,
    webhook_token: source.webhookToken,
    ...changeable(source),
  }).execute()
  for (const writeKey of source.writeKeys) await insertWriteKey(db, source.id, writeKey)
}

/** Writes everything of a source that can change, except its write keys. */
export async function updateSource(db: Db, source: StoredSource): Promise<void> {
  await db.updateTable('sources').set(changeable(source)).where('id', '=', source.id).execute()
}

export async function deleteSource(db: Db, id: string): Promise<void> {
  await db.deleteFrom('sources').where('id', '=', id).execute()
}

export async function insertWriteKey(db: Db, sourceId: string, writeKey: string): Promise<void> {
  await db.insertInto('write_keys').values({
    write_key: writeKey,
    source_id: sourceId,
    position: sql<number>`(select coalesce(max(position), 0) + 1 from write_keys)`,
  }).execute()
}

export async function deleteWriteKey(db: Db, sourceId: string, writeKey: string): Promise<void> {
  await db.deleteFrom('write_keys').where('source_id', '=', sourceId).where('write_key', '=', writeKey).execute()
}

export async function touchSource(db: Db, id: string, updatedAt: string): Promise<void> {
  await db.updateTable('sources').set({ updated_at: updatedAt }).where('id', '=', id).execute()
}

function changeable(source: StoredSource) {
  return { slug: source.slug, name: source.name, enabled: source.enabled ? 1 : 0, updated_at: source.updatedAt, ...settingsRow(source) }
}

async function withKeys(db: Db, rows: SourceRow[]): Promise<StoredSource[]> {
  if (rows.length === 0) return []
  const keys = await db.selectFrom('write_keys').select(['write_key', 'source_id'])
    .where('source_id', 'in', db.selectFrom('sources').select('id').where('position', '>=', rows[0]!.position).where('position', '<=', rows.at(-1)!.position))
    .orderBy('position').execute()
  const bySource = Map.groupBy(keys, (key) => key.source_id)
  return rows.map((row) => ({
    id: row.id,
    workspaceId: row.workspace_id,
    slug: row.slug,
    name: row.name,
    metadataId: row.metadata_id,
    enabled: row.enabled === 1,
    writeKeys: (bySource.get(row.id) ?? []).map((key) => key.write_key),
    webhookToken: row.webhook_token,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...settingsOf(row),
  }))
}
