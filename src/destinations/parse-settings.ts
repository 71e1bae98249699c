/** Settings of a destination as somebody sent them, to settings that `deliver` can rely on. */
import type { z } from 'zod'
import { SluiceError } from '../base/errors.ts'
import { nearestName } from '../base/nearest-name.ts'
import type { JsonObject } from '../model/event.ts'
import type { DestinationDefinition } from './destination.ts'

export interface SettingProblem {
  /** Dotted path below the settings; "" when the settings as a whole are wrong. */
  field: string
  message: string
}

/**
 * Parses and fills defaults.
 * @throws SluiceError invalid_settings; the message names every wrong field, `details.field` the first, `details.problems` all
 */
export function parseSettings<Settings extends JsonObject>(definition: Pick<DestinationDefinition<Settings>, 'slug' | 'settings'>, value: unknown): Settings {
  const parsed = definition.settings.safeParse(value, { reportInput: true })
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, definition.settings))
  const listed = problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ')
  throw new SluiceError('invalid_settings', { message: `The settings of "${definition.slug}" do not fit: ${listed}.`, field: problems[0]?.field, problems })
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): SettingProblem[] {
  const path = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.'), message: plainMessage(issue) }]
  const known = path.length === 0 ? knownNames(schema) : []
  return issue.keys.map((key) => {
    const nearest = nearestName(key, known)
    const hint = nearest !== undefined ? `did you mean "${nearest}"?` : known.length > 0 ? `the settings are ${known.join(', ')}` : 'it has none'
    return { field: [...path, key].join('.'), message: `is not a setting here; ${hint}` }
  })
}

function plainMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is required'
  return issue.message
}

function knownNames(schema: z.ZodType): string[] {
  return 'shape' in schema ? Object.keys(schema.shape as object) : []
}
