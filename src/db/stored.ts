/** What rows with settings have in common. */
import type { JsonObject } from '../model/event.ts'

/** The sensitive settings by name, each as sealed text; `settings` beside it holds the others. */
export type Sealed = { [name: string]: string }

/** A record as it is kept: sensitive settings are not in `settings`, but sealed beside it. */
export type Stored<Item extends { settings: JsonObject }> = Item & { sealed: Sealed }

export function settingsOf(row: { settings: string, sealed: string }): { settings: JsonObject, sealed: Sealed } {
  return { settings: JSON.parse(row.settings) as JsonObject, sealed: JSON.parse(row.sealed) as Sealed }
}

export function settingsRow(stored: { settings: JsonObject, sealed: Sealed }): { settings: string, sealed: string } {
  return { settings: JSON.stringify(stored.settings), sealed: JSON.stringify(stored.sealed) }
}
