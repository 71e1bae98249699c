/**
 * Builds the snapshot that the data plane runs on. It is built from the whole store, inside the transaction of the change that
 * asks for it: a change that cannot be published is undone as if it had never been asked for.
 */
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { allDestinations, type StoredDestination } from '../db/destinations.ts'
import { allFunctionInstances, type FunctionInstances } from '../db/function-instances.ts'
import { deployedFunctions, findVersion } from '../db/functions.ts'
import { allInsertInstances, type StoredInsertInstance } from '../db/insert-instances.ts'
import type { Db } from '../db/schema.ts'
import { allSources, type StoredSource } from '../db/sources.ts'
import type { DestinationDefinition } from '../destinations/destination.ts'
import type { CompiledCode, FunctionRecord, RunnableInstance } from '../model/function.ts'
import type { Connection, RetryPolicy, Snapshot, SourcePlan } from '../model/snapshot.ts'
import type { Source, Workspace } from '../model/workspace.ts'
import { openSettings, type KeptSettings } from './instance-settings.ts'
import { functionIdOf, runnableInstance } from './runnable.ts'
import type { Sealer } from './secrets.ts'
import { builtinSettings } from './settings-rules.ts'
import { findSourceKind } from './source-catalog.ts'
import { intakeOf } from './source-settings.ts'

export const DEFAULT_RETRY: RetryPolicy = { windowMs: limits.retryWindowMs, baseMs: limits.retryBaseMs, capMs: limits.retryCapMs }

export interface PublishOptions {
  sealer: Sealer
  destinations: ReadonlyMap<string, DestinationDefinition>
  retry: RetryPolicy
  workspace: () => Workspace
}

export interface Publisher {
  /** @throws SluiceError invalid_settings or internal when the store holds something that cannot run */
  build(db: Db): Promise<Snapshot>
}

export function createPublisher(options: PublishOptions): Publisher {
  let version = 0
  // Versions never change, so that each is read once and not again with every publication.
  let codes = new Map<string, CompiledCode>()
  return {
    async build(db) {
      const functions = new Map((await deployedFunctions(db)).map((record) => [record.id, record]))
      const drafts = await Promise.all([allSources(db), allDestinations(db), allInsertInstances(db), allFunctionInstances(db)])
      const draft = { functions, sources: drafts[0], destinations: drafts[1], inserts: drafts[2], instances: drafts[3] }
      codes = await loadCodes(db, draft, codes)
      version += 1
      return snapshotOf({ ...draft, codes, version }, options)
    },
  }
}

interface Draft {
  version: number
  functions: ReadonlyMap<string, FunctionRecord>
  sources: StoredSource[]
  destinations: StoredDestination[]
  inserts: StoredInsertInstance[]
  instances: FunctionInstances
  /** By version. */
  codes: ReadonlyMap<string, CompiledCode>
}

/** Of all versions that something runs. */
async function loadCodes(db: Db, draft: Omit<Draft, 'version' | 'codes'>, known: ReadonlyMap<string, CompiledCode>): Promise<Map<string, CompiledCode>> {
  const made = [...draft.sources, ...draft.destinations].map(({ id, metadataId }) => ({ id, functionId: functionIdOf(metadataId) }))
  const codes = new Map<string, CompiledCode>()
  for (const { id, functionId } of [...made, ...draft.inserts]) {
    const record = functionId === undefined ? undefined : draft.functions.get(functionId)
    if (!record) continue
    const versionId = draft.instances.get(id)?.versionId ?? record.deployedVersionId!
    const code = codes.get(versionId) ?? known.get(versionId) ?? (await findVersion(db, record.id, versionId))?.compiled
    if (code) codes.set(versionId, code)
  }
  return codes
}

function snapshotOf(draft: Draft, options: PublishOptions): Snapshot {
  const insertIn = new Map(draft.inserts.filter((insert) => insert.enabled).map((insert) => [insert.integrationId, insert]))
  const bySource = Map.groupBy(draft.destinations.filter((destination) => destination.enabled), (destination) => destination.sourceId)
  const run = (functionId: string, instance: KeptSettings & { id: string }) => runnableOf(draft, { functionId, instance, options })
  const insertOf = (integrationId: string): { insert?: RunnableInstance } => {
    const insert = insertIn.get(integrationId)
    return insert ? { insert: run(insert.functionId, insert) } : {}
  }
  const sources = new Map<string, SourcePlan>()
  for (const stored of draft.sources) {
    const functionId = functionIdOf(stored.metadataId)
    sources.set(stored.id, {
      source: sourceOf(stored),
      intake: intakeOf(findSourceKind(stored.metadataId), stored.settings),
      ...insertOf(stored.id),
      ...(functionId !== undefined && { onRequest: run(functionId, stored) }),
      connections: (bySource.get(stored.id) ?? []).map((destination) => {
        const { insert } = insertOf(destination.id)
        const { integrationName, target } = targetOf(destination, { draft, options })
        return {
          destinationId: destination.id,
          sourceId: destination.sourceId,
          workspaceId: destination.workspaceId,
          integrationName,
          ...(insert && { insert }),
          target,
          retry: options.retry,
          ...gatherOf([...(target.kind === 'function' ? [target.instance] : []), ...(insert ? [insert] : [])], draft.instances),
        }
      }),
    })
  }
  const keys = draft.sources.flatMap((source) => source.writeKeys.map((writeKey) => [writeKey, source.id] as const))
  const paused = draft.destinations.filter((destination) => !destination.enabled).map((destination) => destination.id)
  return { version: draft.version, sources, sourceIdByWriteKey: new Map(keys), pausedDestinationIds: new Set(paused) }
}

function targetOf(destination: StoredDestination, { draft, options }: { draft: Draft, options: PublishOptions }): Pick<Connection, 'integrationName' | 'target'> {
  const functionId = functionIdOf(destination.metadataId)
  if (functionId !== undefined) {
    const instance = runnableOf(draft, { functionId, instance: destination, options })
    return { integrationName: `${instance.name} (${options.workspace().name})`, target: { kind: 'function', instance } }
  }
  const definition = options.destinations.get(destination.metadataId)
  if (!definition) throw new SluiceError('internal', { message: `Destination ${destination.id} is of the kind "${destination.metadataId}", which this release does not have.` })
  const settings = builtinSettings(definition, openSettings(options.sealer, destination.id, destination))
  return { integrationName: definition.title, target: { kind: 'builtin', slug: definition.slug, settings } }
}

/** The first function that has a wait and an `onBatch` to wait for decides: the destination itself, then what is put before it. */
function gatherOf(candidates: readonly RunnableInstance[], instances: FunctionInstances): Pick<Connection, 'gather'> {
  for (const { instanceId, batches, batchMaxCount } of candidates) {
    const waitMs = instances.get(instanceId)?.batchMaxWaitMs ?? 0
    if (batches && waitMs > 0) return { gather: { countMax: batchMaxCount, waitMs } }
  }
  return {}
}

function runnableOf(draft: Draft, from: { functionId: string, instance: KeptSettings & { id: string }, options: PublishOptions }): RunnableInstance {
  const { functionId, instance, options } = from
  const record = draft.functions.get(functionId)
  const own = draft.instances.get(instance.id)
  const versionId = own?.versionId ?? record?.deployedVersionId ?? ''
  const code = draft.codes.get(versionId)
  if (!record || !code) throw new SluiceError('function_not_deployed', { message: `${instance.id} uses function ${functionId}, which is not deployed.` })
  return runnableInstance({
    record,
    code,
    versionId,
    instanceId: instance.id,
    settings: openSettings(options.sealer, instance.id, instance),
    batchMaxCount: own?.batchMaxCount ?? null,
  })
}

/** Settings of a function source reach its function, sealed ones included, but not the snapshot's source. */
function sourceOf(stored: StoredSource): Source {
  const { sealed: _, ...source } = stored
  return source
}
