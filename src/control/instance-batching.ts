/** How many events one instance of a function gets in an `onBatch` call, and how long it waits for them. */
import { z } from 'zod'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { allFunctionInstances, setInstanceBatching, type FunctionInstances } from '../db/function-instances.ts'
import type { Db } from '../db/schema.ts'

/** Null: as the function says, and no wait. */
export interface Batching {
  batchMaxCount: number | null
  batchMaxWaitMs: number | null
}

export const BATCHING_SHAPE = {
  batchMaxCount: z.int().min(1).max(limits.functionBatchCountMax).nullable().optional(),
  batchMaxWaitMs: z.int().min(0).max(limits.functionBatchWaitMsMax).nullable().optional(),
}

export function batchingOf(instances: FunctionInstances, id: string): Batching {
  const { batchMaxCount = null, batchMaxWaitMs = null } = instances.get(id) ?? {}
  return { batchMaxCount, batchMaxWaitMs }
}

export async function readBatching(db: Db, id: string): Promise<Batching> {
  return batchingOf(await allFunctionInstances(db), id)
}

/**
 * What is not given stays. `runsFunction`: whether the instance is one of a function whose kind has `onBatch`.
 * @throws SluiceError invalid_request naming the field
 */
export async function changeBatching(db: Db, id: string, { given, runsFunction }: { given: Partial<Batching>, runsFunction: boolean }): Promise<Batching> {
  const kept = await readBatching(db, id)
  const { batchMaxCount = kept.batchMaxCount, batchMaxWaitMs = kept.batchMaxWaitMs } = given
  const field = given.batchMaxCount != null ? 'batchMaxCount' : given.batchMaxWaitMs != null ? 'batchMaxWaitMs' : undefined
  if (field === undefined && given.batchMaxCount === undefined && given.batchMaxWaitMs === undefined) return kept
  if (field !== undefined && !runsFunction) throw new SluiceError('invalid_request', { message: `${field}: only destination functions, and insert functions of destinations, are called with batches`, field })
  await setInstanceBatching(db, id, { batchMaxCount, batchMaxWaitMs })
  return { batchMaxCount, batchMaxWaitMs }
}
