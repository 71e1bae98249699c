/** Which version runs where: a deployment switches all instances of a function, or chosen ones. */
import { SluiceError } from '../base/errors.ts'
import { allFunctionInstances, setInstanceVersion } from '../db/function-instances.ts'
import { findFunction, findVersion, markVersionDeployed, updateFunction } from '../db/functions.ts'
import type { Db } from '../db/schema.ts'
import type { FunctionRecord } from '../model/function.ts'
import { found, isoNow, type ControlContext } from './context.ts'
import { refuseUnfit, usersOf, type FunctionUser } from './function-users.ts'

/** A source or destination made from a function, or an insert instance of it. */
export interface InstanceOfFunction {
  id: string
  kind: FunctionUser['kind']
  name: string
  versionId: string
}

export async function instancesOf(db: Db, record: FunctionRecord): Promise<InstanceOfFunction[]> {
  const { deployedVersionId } = record
  if (deployedVersionId === null) return []
  const [users, instances] = await Promise.all([usersOf(db, record.id), allFunctionInstances(db)])
  return users.map(({ id, kind, name }) => ({ id, kind, name, versionId: instances.get(id)?.versionId ?? deployedVersionId }))
}

/** Without `instanceIds`, or with all there are, those to come get the latest version too. */
export async function deployFunction(context: ControlContext, id: string, instanceIds?: readonly string[]): Promise<FunctionRecord> {
  for (;;) {
    const { resourceType, latestVersionId } = found(await findFunction(context.db, id), 'function', id)
    const { code, compiled } = found(await findVersion(context.db, id, latestVersionId), `version of function ${id}`, latestVersionId)
    await context.check({ code, compiled, resourceType })
    const deployed = await context.change(async (db) => {
      const record = found(await findFunction(db, id), 'function', id)
      // What was saved in the meantime has not been tried.
      return record.latestVersionId === latestVersionId ? switchVersions(context, db, { record, instanceIds }) : undefined
    })
    if (deployed) return deployed
  }
}

async function switchVersions(context: ControlContext, db: Db, { record, instanceIds }: { record: FunctionRecord, instanceIds?: readonly string[] }): Promise<FunctionRecord> {
  const all = await usersOf(db, record.id)
  const chosen = instanceIds === undefined ? all : instanceIds.map((id) => chosenUser(all, id))
  refuseUnfit(context, record, chosen)
  const deployedAt = isoNow(context)
  await markVersionDeployed(db, record.latestVersionId, deployedAt)
  const isPartial = instanceIds !== undefined && chosen.length < all.length
  for (const { id } of chosen) await setInstanceVersion(db, id, isPartial ? record.latestVersionId : null)
  const changed = { ...record, deployedAt, ...(!isPartial && { deployedVersionId: record.latestVersionId }) }
  await updateFunction(db, changed)
  return changed
}

function chosenUser(users: readonly FunctionUser[], id: string): FunctionUser {
  const user = users.find((one) => one.id === id)
  if (user) return user
  const known = users.map((one) => one.id).join(', ')
  throw new SluiceError('invalid_request', { message: `instanceIds: ${id} does not run this function; ${known === '' ? 'nothing does' : `those that do are: ${known}`}`, field: 'instanceIds' })
}
