/** What can be set on a source itself: how it takes what is sent to it. */
import { z } from 'zod'
import { limits } from '../base/limits.ts'
import type { JsonObject } from '../model/event.ts'
import type { FunctionSetting } from '../model/function.ts'
import { DEFAULT_INTAKE, type Intake } from '../model/snapshot.ts'
import { builtinSettings, functionRules, type SettingsRules } from './settings-rules.ts'
import type { SourceKind } from './source-catalog.ts'

export const SOURCE_SETTINGS = z.strictObject({
  strict: z.boolean().default(false)
    .describe('Refuse a request that holds a wrong event as a whole, with 400 and what is wrong with which. For callers of your own: SDKs drop what is answered 400.'),
  eventBytesMax: z.int().min(limits.eventBytesMinSettable).max(limits.eventBytesMaxSettable).default(limits.eventBytesMax)
    .describe('Most bytes of one event as JSON text.'),
  fillIp: z.boolean().optional()
    .describe('Put the caller\'s address into "context.ip" of events that have none. Default: for sources in browsers and apps; elsewhere an event asks for it by "context.direct": true.'),
  bots: z.enum(['ignore', 'flag', 'drop']).optional()
    .describe('Events of crawlers, known by their user agent: taken like all others, marked with "context.bot": true, or dropped. Default: flag for sources in browsers and apps, else ignore.'),
})

const DEFINITION = { slug: 'source', settings: SOURCE_SETTINGS }

/** Beside the settings that its function defines; one of the same name there is this one. */
export const ANSWERS_SYNCHRONOUSLY: FunctionSetting = {
  name: 'answerSynchronously', label: 'Answer synchronously', type: 'BOOLEAN', required: false, sensitive: false,
  description: 'A webhook waits for the function, and is answered with the Response that it returns.',
}

export const SOURCE_RULES: SettingsRules = { sensitive: [], check: (values) => void builtinSettings(DEFINITION, values) }

export function functionSourceRules(definitions: readonly FunctionSetting[]): SettingsRules {
  return functionRules([...definitions.filter(({ name }) => name !== ANSWERS_SYNCHRONOUSLY.name), ANSWERS_SYNCHRONOUSLY])
}

/** `kind` is undefined for a function source. @throws SluiceError invalid_settings */
export function intakeOf(kind: SourceKind | undefined, settings: JsonObject): Intake {
  if (!kind) return { ...DEFAULT_INTAKE, answersSynchronously: settings[ANSWERS_SYNCHRONOUSLY.name] === true }
  const { strict, eventBytesMax, fillIp, bots } = builtinSettings(DEFINITION, settings)
  const isClient = kind.isClient === true
  return { ...DEFAULT_INTAKE, strict, eventBytesMax, fillsIp: fillIp ?? isClient, bots: bots ?? (isClient ? 'flag' : 'ignore') }
}
