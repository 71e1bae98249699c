/** Settings on their way between the person who gives them, the store that keeps them, and the code that runs with them. */
import type { Json, JsonObject } from '../model/event.ts'
import type { Sealed } from '../db/stored.ts'
import type { Sealer } from './secrets.ts'
import type { SettingsRules } from './settings-rules.ts'

export interface KeptSettings {
  settings: JsonObject
  sealed: Sealed
}

export interface SettingsChange {
  /** The record they belong to. */
  id: string
  rules: SettingsRules
  /** What is kept now; absent for a new record. */
  kept?: KeptSettings
  /** Values by name. A name that is not given keeps its value, so that nobody needs to send a secret twice; null removes it. */
  given: JsonObject
}

/** Checks the settings as they would be after the change, and seals the sensitive ones. @throws SluiceError invalid_settings naming the field */
export function changeSettings(sealer: Sealer, { id, rules, kept, given }: SettingsChange): KeptSettings {
  const values: JsonObject = kept ? openSettings(sealer, id, kept) : {}
  for (const [name, value] of Object.entries(given)) {
    if (value === null) delete values[name]
    else values[name] = value
  }
  rules.check(values, given)
  return keepSettings(sealer, { id, sensitive: rules.sensitive, values })
}

/** Parts the values into those that may be seen and those that are sealed. */
export function keepSettings(sealer: Sealer, { id, sensitive, values }: { id: string, sensitive: readonly string[], values: JsonObject }): KeptSettings {
  const settings: JsonObject = {}
  const sealed: Sealed = {}
  for (const [name, value] of Object.entries(values)) {
    if (sensitive.includes(name)) sealed[name] = sealer.seal(JSON.stringify(value), placeOf(id, name))
    else settings[name] = value
  }
  return { settings, sealed }
}

/** All values, the sealed ones opened; for the code that runs with them, never for an answer. */
export function openSettings(sealer: Sealer, id: string, kept: KeptSettings): JsonObject {
  const opened = Object.entries(kept.sealed).map(([name, text]) => [name, JSON.parse(sealer.open(text, placeOf(id, name))) as Json] as const)
  return { ...kept.settings, ...Object.fromEntries(opened) }
}

/** A record as people may see it: of the sealed settings only their names. */
export type Shown<Item> = Omit<Item, 'sealed'> & { encryptedSettings: { [name: string]: true } }

export function shown<Item extends KeptSettings>(item: Item): Shown<Item> {
  const { sealed, ...rest } = item
  return { ...rest, encryptedSettings: Object.fromEntries(Object.keys(sealed).map((name) => [name, true as const])) }
}

function placeOf(id: string, name: string): string {
  return `${id}/${name}`
}
