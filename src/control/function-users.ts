/** What uses a function: the sources and destinations made from it, and the insert instances that run it. */
import { SluiceError } from '../base/errors.ts'
import { destinationsMadeFrom, updateDestination } from '../db/destinations.ts'
import { insertInstancesOf, updateInsertInstance } from '../db/insert-instances.ts'
import type { Db } from '../db/schema.ts'
import { sourcesMadeFrom, updateSource } from '../db/sources.ts'
import type { FunctionRecord } from '../model/function.ts'
import type { ControlContext } from './context.ts'
import { keepSettings, openSettings, type KeptSettings } from './instance-settings.ts'
import { checkDefined, functionRules } from './settings-rules.ts'

export interface FunctionUser extends KeptSettings {
  id: string
  name: string
  kind: 'source' | 'destination' | 'insert'
  /** Writes the user with other settings. */
  save(kept: KeptSettings): Promise<void>
}

/** In the order of the kinds, and within one in that of their making. */
export async function usersOf(db: Db, functionId: string): Promise<FunctionUser[]> {
  const metadataId = `function:${functionId}`
  const sources = (await sourcesMadeFrom(db, metadataId)).map((source) => ({ ...source, kind: 'source' as const, save: (kept: KeptSettings) => updateSource(db, { ...source, ...kept }) }))
  const destinations = (await destinationsMadeFrom(db, metadataId)).map((destination) => ({ ...destination, kind: 'destination' as const, save: (kept: KeptSettings) => updateDestination(db, { ...destination, ...kept }) }))
  const inserts = (await insertInstancesOf(db, functionId)).map((instance) => ({ ...instance, kind: 'insert' as const, save: (kept: KeptSettings) => updateInsertInstance(db, { ...instance, ...kept }) }))
  return [...sources, ...destinations, ...inserts]
}

/** @throws SluiceError conflict naming what uses the function */
export async function refuseUsed(db: Db, functionId: string): Promise<void> {
  const users = await usersOf(db, functionId)
  if (users.length === 0) return
  const named = users.slice(0, 5).map((user) => `"${user.name}" (${user.id})`).join(', ')
  throw new SluiceError('conflict', { message: `Function ${functionId} is used by ${named}${users.length > 5 ? ` and ${users.length - 5} more` : ''}; remove them first.` })
}

/** @throws SluiceError invalid_settings when the settings of one of them are not what the function asks for now */
export function refuseUnfit(context: ControlContext, record: FunctionRecord, users: readonly FunctionUser[]): void {
  for (const user of users) {
    try {
      checkDefined(record.settings, openSettings(context.sealer, user.id, user))
    } catch (thrown) {
      if (!(thrown instanceof SluiceError) || thrown.code !== 'invalid_settings') throw thrown
      throw new SluiceError('invalid_settings', { message: `"${user.name}" (${user.id}) has settings that do not fit: ${thrown.message}`, ...thrown.details })
    }
  }
}

/** A setting that has become sensitive is sealed wherever it is kept. */
export async function resealSettings(context: ControlContext, db: Db, record: FunctionRecord): Promise<void> {
  const { sensitive } = functionRules(record.settings)
  for (const user of await usersOf(db, record.id)) {
    // Nothing that was given as a secret is ever shown: what is sealed stays sealed.
    const names = [...sensitive, ...Object.keys(user.sealed)]
    await user.save(keepSettings(context.sealer, { id: user.id, sensitive: names, values: openSettings(context.sealer, user.id, user) }))
  }
}
