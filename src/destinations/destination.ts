/**
 * The contract of a built-in destination: what its settings are, how many events it takes at once, and how it delivers.
 * One file each, one line in `registry.ts`; `test/contract/destination.suite.ts` runs over the whole registry.
 */
import type { z } from 'zod'
import type { EventCarrier, JsonObject } from '../model/event.ts'
import type { SendRequest } from '../model/http.ts'
import type { Outcome } from '../model/outcome.ts'

export interface DestinationContext {
  send: SendRequest
  /** Milliseconds since 1970. */
  now: () => number
  destinationId: string
  /** Keeps events for people to look at (`GET /api/catcher`); resolves when they can be read back. */
  caught: (destinationId: string, events: readonly EventCarrier[]) => Promise<void>
}

export interface DestinationDefinition<Settings extends JsonObject = JsonObject> {
  /** The catalog slug: `metadataId` of a destination. */
  readonly slug: string
  /** The name that an event's `integrations` object uses. */
  readonly title: string
  readonly description: string
  /** Parses settings and fills defaults; draws the form and the reference page. Strict: an unknown key is refused by name. */
  readonly settings: z.ZodType<Settings>
  /** Names of settings that are sealed at rest and never shown again. */
  readonly sensitive: readonly string[]
  /** How many events one `deliver` call gets at most with these settings. */
  batchEventsMax(settings: Settings): number
  /** One outcome per event, in order; never throws for anything the other side does. */
  deliver(events: readonly EventCarrier[], settings: Settings, context: DestinationContext): Promise<Outcome[]>
}
