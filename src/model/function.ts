/** Functions, their versions, their instances, and what the runtime needs to run one. */
import type { Json, JsonObject } from './event.ts'

export const RESOURCE_TYPES = ['SOURCE', 'DESTINATION', 'INSERT_DESTINATION', 'INSERT_SOURCE'] as const
export type ResourceType = (typeof RESOURCE_TYPES)[number]

export const SETTING_TYPES = ['STRING', 'BOOLEAN', 'ARRAY', 'TEXT_MAP'] as const
export interface FunctionSetting {
  name: string
  label: string
  description: string
  type: (typeof SETTING_TYPES)[number]
  required: boolean
  sensitive: boolean
  /** What an instance has that sets none; of the setting's type. Sensitive settings have none, since this is shown. */
  defaultValue?: Json
}

export interface FunctionRecord {
  id: string
  workspaceId: string
  resourceType: ResourceType
  displayName: string
  description: string
  logoUrl: string
  settings: FunctionSetting[]
  /** How many events one `onBatch` call gets at most. */
  batchMaxCount: number
  latestVersionId: string
  deployedVersionId: string | null
  deployedAt: string | null
  createdAt: string
  updatedAt: string
}

export interface FunctionVersion {
  id: string
  functionId: string
  /** 1, 2, 3 … within the function. */
  number: number
  /** What the author wrote. */
  code: string
  compiled: CompiledCode
  createdAt: string
}

/** What `compile` makes of the author's code. */
export interface CompiledCode {
  /** One sloppy-mode script: an expression that evaluates to a function of (exports, module) which returns the handlers by name. */
  script: string
  /** Source map (JSON text) from `script` to the author's code. */
  sourceMap: string
  /** The author's file name, for error places. */
  file: string
}

/** A function put to work: on a destination or a source, with settings of its own. */
export interface InsertFunctionInstance {
  id: string
  workspaceId: string
  functionId: string
  /** The source (INSERT_SOURCE) or destination (INSERT_DESTINATION) that it is put into. */
  integrationId: string
  name: string
  enabled: boolean
  settings: JsonObject
  createdAt: string
  updatedAt: string
}

/** What the runtime runs: one version with one set of settings. Immutable; a change makes a new `key`. */
export interface RunnableInstance {
  /** Names version and settings: equal keys may share a warm isolate. */
  key: string
  workspaceId: string
  functionId: string
  /** The instance's own id; strikes and quarantine are counted by function. */
  instanceId: string
  name: string
  resourceType: ResourceType
  code: CompiledCode
  settings: JsonObject
  /** Texts in the settings that people must not be shown, in logs and requests either. */
  secrets?: readonly string[]
  /** Whether the code has an `onBatch`, as far as can be seen without loading it. */
  batches?: boolean
  batchMaxCount: number
}
