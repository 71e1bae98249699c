/** What sources and destinations can be made of, described for forms and reference pages. */
import { z } from 'zod'
import type { DestinationDefinition } from '../destinations/destination.ts'
import type { Json, JsonObject } from '../model/event.ts'
import type { FunctionRecord } from '../model/function.ts'
import { SOURCE_KINDS, type SourceKind } from './source-catalog.ts'
import { SOURCE_SETTINGS } from './source-settings.ts'

export interface CatalogEntry {
  /** What `metadataId` says: the slug, or `function:<id>`. */
  id: string
  slug: string
  name: string
  description: string
  logoUrl: string
  options: CatalogOption[]
}

export interface CatalogOption {
  name: string
  label: string
  description: string
  /** A JSON type (string, boolean, …), or a function setting's type. */
  type: string
  required: boolean
  sensitive: boolean
  defaultValue?: Json
}

export function builtinEntry(definition: DestinationDefinition): CatalogEntry {
  const { slug, title, description } = definition
  return { id: slug, slug, name: title, description, logoUrl: '', options: optionsOf(definition) }
}

export function sourceEntry(kind: SourceKind): CatalogEntry {
  return { id: kind.slug, slug: kind.slug, name: kind.title, description: kind.description, logoUrl: '', options: optionsOf({ settings: SOURCE_SETTINGS, sensitive: [] }) }
}

/** A function is a catalog entry of its workspace. */
export function functionEntry(record: FunctionRecord): CatalogEntry {
  const id = `function:${record.id}`
  return { id, slug: id, name: record.displayName, description: record.description, logoUrl: record.logoUrl, options: record.settings }
}

export const SOURCE_ENTRIES: readonly CatalogEntry[] = SOURCE_KINDS.map(sourceEntry)

function optionsOf(definition: Pick<DestinationDefinition, 'settings' | 'sensitive'>): CatalogOption[] {
  const schema = z.toJSONSchema(definition.settings, { io: 'input', unrepresentable: 'any' }) as JsonObject
  const properties = (schema['properties'] ?? {}) as { [name: string]: JsonObject }
  const required = (schema['required'] ?? []) as string[]
  return Object.entries(properties).map(([name, property]) => ({
    name,
    label: typeof property['title'] === 'string' ? property['title'] : name,
    description: typeof property['description'] === 'string' ? property['description'] : '',
    type: typeof property['type'] === 'string' ? property['type'] : 'any',
    required: required.includes(name),
    sensitive: definition.sensitive.includes(name),
    ...(property['default'] !== undefined && { defaultValue: property['default'] }),
  }))
}
