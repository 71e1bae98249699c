/**
 * The tables of the configuration store, as Kysely sees them. The portable subset only, so that the same queries run on
 * Postgres: JSON as text, booleans as 0 or 1, times as ISO 8601 text, order of creation as `position` (1, 2, 3 …).
 */
import type { Kysely } from 'kysely'
import type { ResourceType } from '../model/function.ts'

export interface Tables {
  facts: FactRow
  workspaces: WorkspaceRow
  sources: SourceRow
  write_keys: WriteKeyRow
  destinations: DestinationRow
  functions: FunctionRow
  function_versions: FunctionVersionRow
  insert_instances: InsertInstanceRow
  function_instances: FunctionInstanceRow
  caught_events: CaughtEventRow
}

/** A database, or a transaction on it: queries take either. */
export type Db = Kysely<Tables>

/** Single values about this installation, by name. */
export interface FactRow {
  name: string
  value: string
}

export interface WorkspaceRow {
  id: string
  slug: string
  name: string
  created_at: string
}

interface Ordered {
  id: string
  position: number
  workspace_id: string
  created_at: string
  updated_at: string
}

interface WithSettings {
  /** JSON object of the settings anybody may see. */
  settings: string
  /** JSON object of the sensitive ones, by name, each sealed (control/secrets.ts). */
  sealed: string
}

export interface SourceRow extends Ordered, WithSettings {
  slug: string
  name: string
  metadata_id: string
  enabled: number
  webhook_token: string
}

export interface WriteKeyRow {
  write_key: string
  source_id: string
  position: number
}

export interface DestinationRow extends Ordered, WithSettings {
  source_id: string
  metadata_id: string
  name: string
  enabled: number
}

export interface FunctionRow extends Ordered {
  resource_type: ResourceType
  display_name: string
  description: string
  logo_url: string
  /** JSON array of setting definitions. */
  settings: string
  batch_max_count: number
  latest_version_id: string
  deployed_version_id: string | null
  deployed_at: string | null
}

export interface FunctionVersionRow {
  id: string
  function_id: string
  /** 1, 2, 3 … within the function. */
  number: number
  code: string
  script: string
  source_map: string
  file: string
  created_at: string
  deployed_at: string | null
}

export interface InsertInstanceRow extends Ordered, WithSettings {
  function_id: string
  integration_id: string
  name: string
  enabled: number
}

/** What is particular to one source, destination or insert instance that runs a function; without a row it is as the function says. */
export interface FunctionInstanceRow {
  instance_id: string
  /** The version it was deployed with when that was not for all; null follows the function's deployed one. */
  version_id: string | null
  batch_max_count: number | null
  batch_max_wait_ms: number | null
}

export interface CaughtEventRow {
  destination_id: string
  /** Sorts by the time of arrival. */
  position: string
  message_id: string
  /** The event's JSON text. */
  event: string
  caught_at: string
}
