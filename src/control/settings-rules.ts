/** What the settings of a destination, source or instance must look like: the one form in which plug-ins and functions say so. */
import { SluiceError } from '../base/errors.ts'
import type { DestinationDefinition } from '../destinations/destination.ts'
import { parseSettings, type SettingProblem } from '../destinations/parse-settings.ts'
import type { Json, JsonObject } from '../model/event.ts'
import type { FunctionSetting } from '../model/function.ts'

export interface SettingsRules {
  /** Names of the settings that are sealed at rest and never shown. */
  sensitive: readonly string[]
  /**
   * Checks all values as they would be; `given` are those that somebody sets now.
   * @throws SluiceError invalid_settings naming the field
   */
  check(values: JsonObject, given: JsonObject): void
}

export function builtinRules(definition: DestinationDefinition): SettingsRules {
  return { sensitive: definition.sensitive, check: (values) => void builtinSettings(definition, values) }
}

/** The settings that a built-in destination, or a source, runs with: defaults filled. @throws SluiceError invalid_settings naming the field */
export function builtinSettings<Settings extends JsonObject>(definition: Pick<DestinationDefinition<Settings>, 'slug' | 'settings'>, values: JsonObject): Settings {
  try {
    return parseSettings(definition, values)
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown
    // To the person who sends them, they are the body's "settings".
    const problems = (thrown.details['problems'] as SettingProblem[]).map(({ field, message }) => ({ field: fieldOf(field), message }))
    const message = problems.map((problem) => `${problem.field}: ${problem.message}`).join('; ')
    throw new SluiceError('invalid_settings', { message, field: problems[0]?.field, problems })
  }
}

export function functionRules(definitions: readonly FunctionSetting[]): SettingsRules {
  const names = definitions.map((definition) => definition.name)
  return {
    sensitive: definitions.filter((definition) => definition.sensitive).map((definition) => definition.name),
    check(values, given) {
      // Only what is set now: a value that a later version no longer defines may be what the deployed one still reads.
      const unknown = Object.keys(given).find((name) => !names.includes(name))
      if (unknown !== undefined) throw refused(unknown, `is not a setting here; known are: ${names.join(', ') || 'none'}`)
      checkDefined(definitions, values)
    },
  }
}

/** @throws SluiceError invalid_settings naming the first one that is missing or of another type */
export function checkDefined(definitions: readonly FunctionSetting[], values: JsonObject): void {
  for (const definition of definitions) {
    const value = Object.hasOwn(values, definition.name) ? values[definition.name] : undefined
    if (value !== undefined) checkValue(definition, value)
    else if (definition.required && definition.defaultValue === undefined) throw refused(definition.name, 'is required')
  }
}

/**
 * An absent setting is its default. Library functions read settings without a guard (`settings.fields.length`), so without a default it is
 * an empty one of its type.
 */
export function fillAbsent(definitions: readonly FunctionSetting[], values: JsonObject): JsonObject {
  const absent = definitions.filter((definition) => !Object.hasOwn(values, definition.name))
  return { ...values, ...Object.fromEntries(absent.map((definition) => [definition.name, definition.defaultValue ?? emptyValue(definition)])) }
}

function emptyValue({ type }: FunctionSetting): Json {
  switch (type) {
    case 'STRING': return ''
    case 'BOOLEAN': return false
    case 'ARRAY': return []
    case 'TEXT_MAP': return {}
  }
}

function checkValue({ name, type, required }: FunctionSetting, value: Json): void {
  const problem = typeProblem(type, value)
  if (problem !== undefined) throw refused(name, problem)
  if (required && isEmpty(value)) throw refused(name, 'is required and must not be empty')
}

/** What a value must be to be of the type; undefined when it is. */
export function typeProblem(type: FunctionSetting['type'], value: Json): string | undefined {
  switch (type) {
    case 'STRING': return typeof value === 'string' ? undefined : 'must be a string'
    case 'BOOLEAN': return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'ARRAY': return Array.isArray(value) ? undefined : 'must be an array'
    case 'TEXT_MAP': return isTextMap(value) ? undefined : 'must be an object whose values are strings'
  }
}

function isTextMap(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((each) => typeof each === 'string')
}

function isEmpty(value: Json): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function refused(path: string, problem: string): SluiceError {
  const field = fieldOf(path)
  return new SluiceError('invalid_settings', { message: `${field}: ${problem}`, field })
}

function fieldOf(path: string): string {
  return path === '' ? 'settings' : `settings.${path}`
}
