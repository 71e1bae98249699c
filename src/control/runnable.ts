/** A function's version with one set of settings, as the runtime takes it. */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../model/event.ts'
import type { CompiledCode, FunctionRecord, RunnableInstance } from '../model/function.ts'
import { fillAbsent } from './settings-rules.ts'

export interface RunnableRequest {
  record: FunctionRecord
  /** Of the version to run. */
  code: CompiledCode
  versionId: string
  /** The destination, source or insert instance that it works for. */
  instanceId: string
  settings: JsonObject
}

export function runnableInstance({ record, code, versionId, instanceId, settings }: RunnableRequest): RunnableInstance {
  const filled = fillAbsent(record.settings, settings)
  const digest = createHash('sha256').update(JSON.stringify([filled, record.batchMaxCount])).digest('base64url').slice(0, 16)
  return {
    // The instance's id is part of it: two instances never share an isolate, even when their settings are equal.
    key: `${instanceId}.${versionId}.${digest}`,
    workspaceId: record.workspaceId,
    functionId: record.id,
    instanceId,
    name: record.displayName,
    resourceType: record.resourceType,
    code,
    settings: filled,
    batchMaxCount: record.batchMaxCount,
  }
}

/** `function:<id>` names a function where a catalog slug could stand. */
export function functionIdOf(metadataId: string): string | undefined {
  return metadataId.startsWith('function:') ? metadataId.slice('function:'.length) : undefined
}
