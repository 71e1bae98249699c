/** Functions: saving makes a version, deploying lets the instances run it. */
import { SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import { limits } from '../base/limits.ts'
import { deleteFunction, findFunction, findVersion, findVersionNumbered, insertFunction, insertVersion, listFunctions, listVersions, nextVersionNumber, updateFunction, type StoredVersion } from '../db/functions.ts'
import type { Page, PageRequest } from '../db/page.ts'
import type { Db } from '../db/schema.ts'
import type { JsonObject } from '../model/event.ts'
import type { CompiledCode, FunctionRecord, FunctionSetting, ResourceType, RunnableInstance } from '../model/function.ts'
import { found, isoNow, type ControlContext } from './context.ts'
import { deployFunction, instancesOf, type InstanceOfFunction } from './deployment.ts'
import { refuseUsed, resealSettings } from './function-users.ts'
import { runnableInstance } from './runnable.ts'
import { functionRules } from './settings-rules.ts'
import { diffVersions, type VersionDiff } from './version-diff.ts'

/** The file name under which errors place themselves. */
const FILE = 'function.ts'

/** A function with its newest code. */
export type FunctionWithCode = FunctionRecord & { code: string }

export interface NewFunction {
  code: string
  displayName: string
  resourceType: ResourceType
  settings?: FunctionSetting[]
  description?: string
  logoUrl?: string
  /** Default: limits.functionBatchCount. */
  batchMaxCount?: number
}

export type FunctionChange = Partial<Omit<NewFunction, 'resourceType'>>

export interface FunctionControl {
  list(request: PageRequest & { resourceType?: ResourceType }): Promise<Page<FunctionWithCode>>
  /** @throws SluiceError not_found, as all of the following */
  get(id: string): Promise<FunctionWithCode>
  /** @throws SluiceError function_compile_failed, function_too_large, function_load_failed, function_handlers_invalid */
  create(given: NewFunction): Promise<FunctionWithCode>
  /** Makes a version; what runs stays as it is until it is deployed. @throws as `create` */
  change(id: string, given: FunctionChange): Promise<FunctionWithCode>
  /** @throws SluiceError conflict while something uses it */
  remove(id: string): Promise<void>
  /**
   * The latest version becomes what the instances run: all of them and those to come, or only those of `instanceIds`, while the others
   * keep theirs. The code is tried once more. @throws SluiceError invalid_settings when an instance lacks a setting it needs; invalid_request for an unknown instance
   */
  deploy(id: string, instanceIds?: readonly string[]): Promise<FunctionWithCode>
  /** What runs the function, and which version of it. */
  instances(id: string): Promise<InstanceOfFunction[]>
  versions(id: string, request: PageRequest): Promise<Page<StoredVersion>>
  version(id: string, versionId: string): Promise<StoredVersion>
  /** From `against` to the version; without it from the version before. */
  diff(id: string, versionId: string, against?: string): Promise<VersionDiff>
  /** Copies an old version as the new latest one; does not deploy it. */
  restore(id: string, versionId: string): Promise<StoredVersion>
  /** The deployed version with these settings, to run it apart from any instance. @throws SluiceError function_not_deployed, invalid_settings */
  runnable(id: string, settings: JsonObject): Promise<RunnableInstance>
}

export function createFunctionControl(context: ControlContext): FunctionControl {
  const get = async (db: Db, id: string) => found(await findFunction(db, id), 'function', id)
  const getVersion = async (db: Db, id: string, versionId: string) => found(await findVersion(db, id, versionId), `version of function ${id}`, versionId)
  const withCode = async (db: Db, record: FunctionRecord) => ({ ...record, code: (await getVersion(db, record.id, record.latestVersionId)).code })
  return {
    list: async (request) => {
      const page = await listFunctions(context.db, request)
      return { ...page, items: await Promise.all(page.items.map((record) => withCode(context.db, record))) }
    },
    get: async (id) => withCode(context.db, await get(context.db, id)),
    create: async (given) => {
      const compiled = await context.compile(given.code, FILE)
      await context.check({ code: given.code, compiled, resourceType: given.resourceType })
      return context.change((db) => createFunction(context, db, { given, compiled }))
    },
    change: async (id, given) => {
      const { resourceType } = await get(context.db, id)
      const compiled = given.code === undefined ? undefined : await context.compile(given.code, FILE)
      if (given.code !== undefined && compiled) await context.check({ code: given.code, compiled, resourceType })
      return context.change(async (db) => {
        const kept = await get(db, id)
        return changeFunction(context, db, { kept, last: await getVersion(db, id, kept.latestVersionId), given, compiled })
      })
    },
    remove: (id) => context.change(async (db) => {
      await get(db, id)
      await refuseUsed(db, id)
      await deleteFunction(db, id)
    }),
    deploy: async (id, instanceIds) => withCode(context.db, await deployFunction(context, id, instanceIds)),
    instances: async (id) => instancesOf(context.db, await get(context.db, id)),
    versions: async (id, request) => {
      await get(context.db, id)
      return listVersions(context.db, id, request)
    },
    version: (id, versionId) => getVersion(context.db, id, versionId),
    diff: async (id, versionId, against) => {
      const version = await getVersion(context.db, id, versionId)
      const other = against === undefined ? await findVersionNumbered(context.db, id, version.number - 1) ?? version : await getVersion(context.db, id, against)
      return diffVersions(other, version)
    },
    restore: (id, versionId) => context.change(async (db) => {
      const record = await get(db, id)
      const old = await getVersion(db, id, versionId)
      const version = await addVersion(context, db, { functionId: id, code: old.code, compiled: old.compiled })
      await updateFunction(db, { ...record, latestVersionId: version.id, updatedAt: version.createdAt })
      return version
    }),
    runnable: async (id, settings) => {
      const record = await get(context.db, id)
      if (record.deployedVersionId === null) throw new SluiceError('function_not_deployed', { message: `Function ${id} has no deployed version; POST /api/functions/${id}/deploy first.` })
      functionRules(record.settings).check(settings, settings)
      const { compiled } = await getVersion(context.db, id, record.deployedVersionId)
      return runnableInstance({ record, code: compiled, versionId: record.deployedVersionId, instanceId: `invoke:${id}`, settings })
    },
  }
}

async function createFunction(context: ControlContext, db: Db, from: { given: NewFunction, compiled: CompiledCode }): Promise<FunctionWithCode> {
  const { code, settings = [], description = '', logoUrl = '', batchMaxCount = limits.functionBatchCount, ...given } = from.given
  const id = newId('fn')
  const now = isoNow(context)
  const record: FunctionRecord = {
    id,
    workspaceId: context.workspace().id,
    ...given,
    description,
    logoUrl,
    settings,
    batchMaxCount,
    latestVersionId: '',
    deployedVersionId: null,
    deployedAt: null,
    createdAt: now,
    updatedAt: now,
  }
  await insertFunction(db, record)
  const version = await addVersion(context, db, { functionId: id, code, compiled: from.compiled })
  const saved = { ...record, latestVersionId: version.id }
  await updateFunction(db, saved)
  return { ...saved, code }
}

async function changeFunction(context: ControlContext, db: Db, from: { kept: FunctionRecord, last: StoredVersion, given: FunctionChange, compiled?: CompiledCode }): Promise<FunctionWithCode> {
  const { kept, last, given, compiled = last.compiled } = from
  const { code = last.code, ...rest } = given
  const version = await addVersion(context, db, { functionId: kept.id, code, compiled })
  const changed = { ...kept, ...rest, latestVersionId: version.id, updatedAt: isoNow(context) }
  await updateFunction(db, changed)
  if (given.settings) await resealSettings(context, db, changed)
  return { ...changed, code }
}

async function addVersion(context: ControlContext, db: Db, from: { functionId: string, code: string, compiled: CompiledCode }): Promise<StoredVersion> {
  const version = { id: newId('fnv'), number: await nextVersionNumber(db, from.functionId), createdAt: isoNow(context), ...from }
  await insertVersion(db, version)
  return { ...version, deployedAt: null }
}
