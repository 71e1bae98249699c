/** A function's version with one set of settings, as the runtime takes it. */
import { createHash } from 'node:crypto'
import { mentionsHandler } from '../isolate/compile.ts'
import type { Json, JsonObject } from '../model/event.ts'
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
  /** Its own, where it differs from the function's. */
  batchMaxCount?: number | null
}

export function runnableInstance({ record, code, versionId, instanceId, settings, batchMaxCount: ownCount }: RunnableRequest): RunnableInstance {
  const batchMaxCount = ownCount ?? record.batchMaxCount
  const filled = fillAbsent(record.settings, settings)
  const digest = createHash('sha256').update(JSON.stringify([filled, batchMaxCount])).digest('base64url').slice(0, 16)
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
    secrets: secretsIn(record, filled),
    batches: mentionsHandler(code, 'onBatch'),
    batchMaxCount,
  }
}

/** The texts in the sensitive settings. */
function secretsIn(record: FunctionRecord, settings: JsonObject): string[] {
  return record.settings.filter((definition) => definition.sensitive).flatMap(({ name }) => textsIn(settings[name] ?? null))
}

export function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** `function:<id>` names a function where a catalog slug could stand. */
export function functionIdOf(metadataId: string): string | undefined {
  return metadataId.startsWith('function:') ? metadataId.slice('function:'.length) : undefined
}
