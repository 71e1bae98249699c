/** Queries about what is particular to single instances of functions: their version, and how they batch. */
import type { Db } from './schema.ts'

/** By the id of the source, destination or insert instance. */
export type FunctionInstances = ReadonlyMap<string, FunctionInstance>

export interface FunctionInstance {
  /** Null: the function's deployed version. */
  versionId: string | null
  /** Null: as the function says. */
  batchMaxCount: number | null
  batchMaxWaitMs: number | null
}

export async function allFunctionInstances(db: Db): Promise<FunctionInstances> {
  const rows = await db.selectFrom('function_instances').selectAll().execute()
  return new Map(rows.map((row) => [row.instance_id, { versionId: row.version_id, batchMaxCount: row.batch_max_count, batchMaxWaitMs: row.batch_max_wait_ms }]))
}

/** Null lets it follow its function again. */
export async function setInstanceVersion(db: Db, instanceId: string, versionId: string | null): Promise<void> {
  await db.insertInto('function_instances').values({ instance_id: instanceId, version_id: versionId, batch_max_count: null, batch_max_wait_ms: null })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet({ version_id: versionId })).execute()
}

export async function setInstanceBatching(db: Db, instanceId: string, batching: Pick<FunctionInstance, 'batchMaxCount' | 'batchMaxWaitMs'>): Promise<void> {
  const values = { batch_max_count: batching.batchMaxCount, batch_max_wait_ms: batching.batchMaxWaitMs }
  await db.insertInto('function_instances').values({ instance_id: instanceId, version_id: null, ...values })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet(values)).execute()
}

/** When sources, destinations or insert instances were removed. */
export async function deleteStrayFunctionInstances(db: Db): Promise<void> {
  await db.deleteFrom('function_instances')
    .where('instance_id', 'not in', db.selectFrom('sources').select('id'))
    .where('instance_id', 'not in', db.selectFrom('destinations').select('id'))
    .where('instance_id', 'not in', db.selectFrom('insert_instances').select('id'))
    .execute()
}
