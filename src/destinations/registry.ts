/** The built-in destinations, one line each, and what the catalog shows of them. */
import { z } from 'zod'
import type { JsonObject } from '../model/event.ts'
import { catcher } from './catcher.ts'
import type { DestinationDefinition } from './destination.ts'
import { segment } from './segment.ts'
import { webhook } from './webhook.ts'

export const DESTINATIONS: readonly DestinationDefinition[] = [webhook, segment, catcher]

const bySlug = new Map(DESTINATIONS.map((definition) => [definition.slug, definition]))

export function findDestination(slug: string): DestinationDefinition | undefined {
  return bySlug.get(slug)
}

/** A destination as the API's catalog shows it. */
export interface CatalogEntry {
  slug: string
  title: string
  description: string
  /** JSON Schema (2020-12) of what a client sends: keys with a default may be left out, unknown keys are refused. */
  settings: JsonObject
  sensitive: readonly string[]
}

export function destinationCatalog(): CatalogEntry[] {
  return DESTINATIONS.map(({ slug, title, description, settings, sensitive }) => {
    const { $schema: _, ...schema } = z.toJSONSchema(settings, { io: 'input' }) as JsonObject
    return { slug, title, description, settings: schema, sensitive }
  })
}
