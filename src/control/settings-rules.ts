/** What the settings of a destination, source or instance must look like: the one form in which plug-ins and functions say so. */
import type { z } from 'zod'
import { SluiceError } from '../base/errors.ts'
import type { DestinationDefinition } from '../destinations/destination.ts'
import type { Json, JsonObject } from '../model/event.ts'
import type { FunctionSetting } from '../model/function.ts'

export interface SettingsRules {
  /** Names of the settings that are sealed at rest and never shown. */
  sensitive: readonly string[]
  /** Checks the values and fills defaults. @throws SluiceError invalid_settings naming the field */
  complete(values: JsonObject): JsonObject
}

export const NO_SETTINGS: SettingsRules = functionRules([])

export function builtinRules(definition: DestinationDefinition): SettingsRules {
  return {
    sensitive: definition.sensitive,
    complete(values) {
      const parsed = definition.settings.safeParse(values)
      if (parsed.success) return parsed.data
      throw refused(...placeOf(parsed.error.issues[0]!))
    },
  }
}

export function functionRules(definitions: readonly FunctionSetting[]): SettingsRules {
  return {
    sensitive: definitions.filter((definition) => definition.sensitive).map((definition) => definition.name),
    complete(values) {
      const unknown = Object.keys(values).find((name) => !definitions.some((definition) => definition.name === name))
      if (unknown !== undefined) throw refused(unknown, `is not a setting here; known are: ${definitions.map((definition) => definition.name).join(', ') || 'none'}`)
      return completeByDefinitions(definitions, values)
    },
  }
}

/** As a deployed function gets them: values of settings that a later version no longer defines are passed along, not refused. */
export function completeByDefinitions(definitions: readonly FunctionSetting[], values: JsonObject): JsonObject {
  const complete: JsonObject = { ...values }
  for (const definition of definitions) {
    const value = Object.hasOwn(values, definition.name) ? values[definition.name] : undefined
    complete[definition.name] = value === undefined || value === null ? absent(definition) : checked(definition, value)
  }
  return complete
}

/** Library functions read settings without a guard (`settings.fields.length`), so an absent one is an empty one of its type. */
function absent(definition: FunctionSetting): Json {
  if (definition.required) throw refused(definition.name, 'is required')
  switch (definition.type) {
    case 'STRING': return ''
    case 'BOOLEAN': return false
    case 'ARRAY': return []
    case 'TEXT_MAP': return {}
  }
}

function checked(definition: FunctionSetting, value: Json): Json {
  const { name, type } = definition
  if (type === 'STRING' && typeof value !== 'string') throw refused(name, 'must be a string')
  if (type === 'BOOLEAN' && typeof value !== 'boolean') throw refused(name, 'must be true or false')
  if (type === 'ARRAY' && !Array.isArray(value)) throw refused(name, 'must be an array')
  if (type === 'TEXT_MAP' && !isTextMap(value)) throw refused(name, 'must be an object whose values are strings')
  if (definition.required && isEmpty(value)) throw refused(name, 'is required and must not be empty')
  return value
}

function isTextMap(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((each) => typeof each === 'string')
}

function isEmpty(value: Json): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function placeOf(issue: z.core.$ZodIssue): [path: string, problem: string] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') return [[...path, issue.keys[0]].join('.'), 'is not a setting here']
  return [path.join('.'), issue.message]
}

function refused(path: string, problem: string): SluiceError {
  const field = path === '' ? 'settings' : `settings.${path}`
  return new SluiceError('invalid_settings', { message: `${field}: ${problem}`, field })
}
