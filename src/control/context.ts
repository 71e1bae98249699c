/** What all parts of the control plane work with. */
import { SluiceError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import { findFunction } from '../db/functions.ts'
import type { Db } from '../db/schema.ts'
import type { DestinationDefinition } from '../destinations/destination.ts'
import type { CompiledCode, FunctionRecord, ResourceType } from '../model/function.ts'
import type { Workspace } from '../model/workspace.ts'
import type { CheckedCode } from './check-function.ts'
import type { Sealer } from './secrets.ts'

/** @throws SluiceError function_compile_failed with details {file, line, column}; function_too_large */
export type Compile = (code: string, file: string) => Promise<CompiledCode>

export interface ControlContext {
  /** For reading. Inside `change` only the transaction it gives may be used: the store has one connection. */
  db: Db
  sealer: Sealer
  clock: Clock
  compile: Compile
  /** Loads code that is to be saved or deployed. @throws SluiceError function_load_failed, function_handlers_invalid */
  check(code: Omit<CheckedCode, 'workspaceId'>): Promise<void>
  destinations: ReadonlyMap<string, DestinationDefinition>
  workspace(): Workspace
  /** Does the work in a transaction, and publishes what came of it before it resolves; when either fails nothing has happened. */
  change<Result>(work: (db: Db) => Promise<Result>): Promise<Result>
}

export function isoNow(context: Pick<ControlContext, 'clock'>): string {
  return new Date(context.clock.now()).toISOString()
}

/** What a person asked for by id. @throws SluiceError not_found */
export function found<Item>(item: Item | undefined, what: string, id: string): Item {
  if (item === undefined) throw new SluiceError('not_found', { message: `There is no ${what} ${id}.` })
  return item
}

/** What a body refers to by id. @throws SluiceError invalid_request naming the field */
export function referred<Item>(item: Item | undefined, field: string, id: string): Item {
  if (item === undefined) throw new SluiceError('invalid_request', { message: `${field}: there is nothing with the id ${id}`, field })
  return item
}

/**
 * A deployed function of one of the kinds, for something that is to run it.
 * @throws SluiceError invalid_request naming the field; function_not_deployed
 */
export async function runnableFunction(db: Db, wanted: { id: string, kinds: readonly ResourceType[], field: string }): Promise<FunctionRecord> {
  const { id, kinds, field } = wanted
  const record = referred(await findFunction(db, id), field, id)
  if (!kinds.includes(record.resourceType)) {
    throw new SluiceError('invalid_request', { message: `${field}: function ${id} is of the kind ${record.resourceType}; here it must be ${kinds.join(' or ')}`, field })
  }
  if (record.deployedVersionId === null) throw new SluiceError('function_not_deployed', { message: `${field}: function ${id} is not deployed; POST /api/functions/${id}/deploy first.`, field })
  return record
}
