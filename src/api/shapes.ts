/** The shapes of the management API (contract 11). Answers hold what is listed here and nothing else, whatever the records have. */
import { z } from 'zod'
import { limits } from '../base/limits.ts'
import { RESOURCE_TYPES, SETTING_TYPES } from '../model/function.ts'

export const NAME = z.string().min(1).max(limits.nameCharsMax)
export const SLUG = z.string().max(limits.nameCharsMax).regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, { error: 'must be made of letters, digits, "-" and "_"' })
export const ID = z.string().min(1).max(limits.nameCharsMax)
/** Values by name; null removes one. */
export const SETTINGS = z.record(z.string(), z.json())
export const BY_ID = z.object({ id: z.string() })

const JSON_OBJECT = z.record(z.string(), z.unknown())
const ENCRYPTED = z.record(z.string(), z.literal(true)).meta({ description: 'Names of the sensitive settings that have a value; the values are never shown.' })
const TIMES = { createdAt: z.string(), updatedAt: z.string() }
const METADATA = z.object({ id: z.string(), slug: z.string(), name: z.string() })

const BATCHING = {
  batchMaxCount: z.number().nullable().meta({ description: 'Events of one `onBatch` call at most; null: as the function says.' }),
  batchMaxWaitMs: z.number().nullable().meta({ description: 'How long events wait for a full batch; null: not at all.' }),
}

export const Workspace = z.object({ id: z.string(), slug: z.string(), name: z.string() }).meta({ id: 'Workspace' })

export const Source = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  workspaceId: z.string(),
  metadataId: z.string(),
  metadata: METADATA,
  enabled: z.boolean(),
  writeKeys: z.array(z.string()),
  settings: JSON_OBJECT,
  encryptedSettings: ENCRYPTED,
  labels: z.array(z.unknown()),
  webhookUrl: z.string().optional().meta({ description: 'For function sources: where webhooks are sent to. Whoever has it can send.' }),
  ...TIMES,
}).meta({ id: 'Source' })

export const Destination = z.object({
  id: z.string(),
  name: z.string(),
  sourceId: z.string(),
  metadataId: z.string(),
  metadata: METADATA,
  enabled: z.boolean(),
  settings: JSON_OBJECT,
  encryptedSettings: ENCRYPTED,
  batchMaxCount: BATCHING.batchMaxCount.optional(),
  batchMaxWaitMs: BATCHING.batchMaxWaitMs.optional(),
  ...TIMES,
}).meta({ id: 'Destination' })

const FunctionSetting = z.object({
  name: z.string(), label: z.string(), description: z.string(), type: z.enum(SETTING_TYPES), required: z.boolean(), sensitive: z.boolean(), defaultValue: z.json().optional(),
})

export const FunctionShape = z.object({
  id: z.string(),
  resourceType: z.enum(RESOURCE_TYPES),
  displayName: z.string(),
  description: z.string(),
  logoUrl: z.string(),
  code: z.string(),
  settings: z.array(FunctionSetting),
  batchMaxCount: z.number(),
  catalogId: z.string(),
  latestVersionId: z.string(),
  deployedVersionId: z.string().nullable(),
  isLatestVersion: z.boolean().meta({ description: 'Whether the newest version is the deployed one.' }),
  deployedAt: z.string().nullable(),
  ...TIMES,
}).meta({ id: 'Function' })

export const FunctionVersion = z.object({
  id: z.string(),
  functionId: z.string(),
  number: z.number(),
  code: z.string(),
  isLatest: z.boolean(),
  isDeployed: z.boolean().meta({ description: 'Whether new instances get it, or one that is there runs it.' }),
  labels: z.array(z.enum(['LATEST', 'DEPLOYED'])),
  createdAt: z.string(),
  updatedAt: z.string(),
  deployedAt: z.string().nullable(),
}).meta({ id: 'FunctionVersion' })

export const VersionDiffShape = z.object({
  fromVersionId: z.string(),
  toVersionId: z.string(),
  unified: z.string().meta({ description: 'Unified diff; "" when the code is the same.' }),
  addedLines: z.int(),
  removedLines: z.int(),
}).meta({ id: 'VersionDiff' })

export const InsertFunctionInstance = z.object({
  id: z.string(),
  functionId: z.string(),
  classId: z.string(),
  integrationId: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  settings: JSON_OBJECT,
  encryptedSettings: ENCRYPTED,
  ...BATCHING,
  ...TIMES,
}).meta({ id: 'InsertFunctionInstance' })

export const CatalogEntry = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  logoUrl: z.string(),
  options: z.array(z.object({
    name: z.string(), label: z.string(), description: z.string(), type: z.string(), required: z.boolean(), sensitive: z.boolean(), defaultValue: z.json().optional(),
  })),
}).meta({ id: 'CatalogEntry' })

const PAGINATION = z.object({ current: z.string(), next: z.string().optional() })

/** `{data: {…}}` */
export function envelope<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return { 200: z.object({ data: z.object(shape) }) }
}

/** `{data: {<items>: […], pagination}}` */
export function listEnvelope<Name extends string, Item extends z.ZodType>(name: Name, item: Item) {
  return envelope({ [name]: z.array(item), pagination: PAGINATION } as { [Key in Name]: z.ZodArray<Item> } & { pagination: typeof PAGINATION })
}

export const REMOVED = envelope({ status: z.literal('SUCCESS') })
export const SUCCESS = { data: { status: 'SUCCESS' as const } }
