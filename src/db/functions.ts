/** Queries about functions and their versions. */
import { sql } from 'kysely'
import type { FunctionRecord, FunctionSetting, FunctionVersion, ResourceType } from '../model/function.ts'
import { pageOf, positionAfter, type Page, type PageRequest } from './page.ts'
import type { Db, FunctionRow, FunctionVersionRow } from './schema.ts'

/** A version as it is kept: with the time of its last deployment. */
export type StoredVersion = FunctionVersion & { deployedAt: string | null }

export async function findFunction(db: Db, id: string): Promise<FunctionRecord | undefined> {
  const row = await db.selectFrom('functions').selectAll().where('id', '=', id).executeTakeFirst()
  return row && functionOf(row)
}

export async function listFunctions(db: Db, request: PageRequest & { resourceType?: ResourceType }): Promise<Page<FunctionRecord>> {
  let query = db.selectFrom('functions').selectAll()
    .where('position', '>', positionAfter(request)).orderBy('position').limit(request.count + 1)
  if (request.resourceType !== undefined) query = query.where('resource_type', '=', request.resourceType)
  return pageOf(await query.execute(), request, functionOf)
}

/** All that are deployed, for publication and the catalog. */
export async function deployedFunctions(db: Db): Promise<FunctionRecord[]> {
  const rows = await db.selectFrom('functions').selectAll().where('deployed_version_id', 'is not', null).orderBy('position').execute()
  return rows.map(functionOf)
}

/** The function's latest version must be inserted in the same transaction. */
export async function insertFunction(db: Db, record: FunctionRecord): Promise<void> {
  await db.insertInto('functions').values({
    id: record.id,
    position: sql<number>`(select coalesce(max(position), 0) + 1 from functions)`,
    workspace_id: record.workspaceId,
    resource_type: record.resourceType,
    created_at: record.createdAt,
    ...changeable(record),
  }).execute()
}

export async function updateFunction(db: Db, record: FunctionRecord): Promise<void> {
  await db.updateTable('functions').set(changeable(record)).where('id', '=', record.id).execute()
}

export async function deleteFunction(db: Db, id: string): Promise<void> {
  await db.deleteFrom('functions').where('id', '=', id).execute()
}

export async function findVersion(db: Db, functionId: string, versionId: string): Promise<StoredVersion | undefined> {
  const row = await db.selectFrom('function_versions').selectAll().where('function_id', '=', functionId).where('id', '=', versionId).executeTakeFirst()
  return row && versionOf(row)
}

export async function findVersionNumbered(db: Db, functionId: string, number: number): Promise<StoredVersion | undefined> {
  const row = await db.selectFrom('function_versions').selectAll().where('function_id', '=', functionId).where('number', '=', number).executeTakeFirst()
  return row && versionOf(row)
}

/** Newest first. */
export async function listVersions(db: Db, functionId: string, request: PageRequest): Promise<Page<StoredVersion>> {
  const before = request.cursor === undefined ? Number.MAX_SAFE_INTEGER : positionAfter(request)
  const rows = await db.selectFrom('function_versions').selectAll().where('function_id', '=', functionId)
    .where('number', '<', before).orderBy('number', 'desc').limit(request.count + 1).execute()
  return pageOf(rows.map((row) => ({ ...row, position: row.number })), request, versionOf)
}

export async function nextVersionNumber(db: Db, functionId: string): Promise<number> {
  const row = await db.selectFrom('function_versions').select((select) => select.fn.max('number').as('last')).where('function_id', '=', functionId).executeTakeFirst()
  return (row?.last ?? 0) + 1
}

export async function insertVersion(db: Db, version: FunctionVersion): Promise<void> {
  await db.insertInto('function_versions').values({
    id: version.id,
    function_id: version.functionId,
    number: version.number,
    code: version.code,
    script: version.compiled.script,
    source_map: version.compiled.sourceMap,
    file: version.compiled.file,
    created_at: version.createdAt,
    deployed_at: null,
  }).execute()
}

export async function markVersionDeployed(db: Db, versionId: string, deployedAt: string): Promise<void> {
  await db.updateTable('function_versions').set({ deployed_at: deployedAt }).where('id', '=', versionId).execute()
}

function changeable(record: FunctionRecord) {
  return {
    display_name: record.displayName,
    description: record.description,
    logo_url: record.logoUrl,
    settings: JSON.stringify(record.settings),
    batch_max_count: record.batchMaxCount,
    latest_version_id: record.latestVersionId,
    deployed_version_id: record.deployedVersionId,
    deployed_at: record.deployedAt,
    updated_at: record.updatedAt,
  }
}

function functionOf(row: FunctionRow): FunctionRecord {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    resourceType: row.resource_type,
    displayName: row.display_name,
    description: row.description,
    logoUrl: row.logo_url,
    settings: JSON.parse(row.settings) as FunctionSetting[],
    batchMaxCount: row.batch_max_count,
    latestVersionId: row.latest_version_id,
    deployedVersionId: row.deployed_version_id,
    deployedAt: row.deployed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function versionOf(row: FunctionVersionRow): StoredVersion {
  return {
    id: row.id,
    functionId: row.function_id,
    number: row.number,
    code: row.code,
    compiled: { script: row.script, sourceMap: row.source_map, file: row.file },
    createdAt: row.created_at,
    deployedAt: row.deployed_at,
  }
}
