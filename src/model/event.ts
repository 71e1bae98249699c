/**
 * The event in Segment's spec (contract 1.5), as it is after receive has normalized it.
 * Travels as JSON text wherever nobody needs to look inside.
 */
export const EVENT_TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias', 'delete'] as const
export type EventType = (typeof EVENT_TYPES)[number]

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export interface Event {
  type: EventType
  messageId: string
  userId?: string | null
  anonymousId?: string | null
  event?: string
  name?: string
  category?: string
  groupId?: string
  previousId?: string
  properties?: JsonObject
  traits?: JsonObject
  context?: JsonObject
  integrations?: Integrations
  /** ISO 8601, UTC, corrected for the client's clock (contract 1.6). */
  timestamp: string
  originalTimestamp?: string
  sentAt?: string
  receivedAt: string
  /** The source's id. */
  projectId: string
  version: number
  channel?: string
  [extra: string]: unknown
}

/** Names of destinations to true, false or options; `All` covers the names not listed. Case-sensitive. */
export type Integrations = { [destination: string]: boolean | JsonObject }

const NONE: readonly string[] = Object.freeze([])

/** What analytics.js says in `_metadata.bundled` about destinations in the browser. */
export function bundledOf(event: Event): readonly string[] {
  const metadata = event['_metadata']
  if (typeof metadata !== 'object' || metadata === null || !('bundled' in metadata) || !Array.isArray(metadata.bundled)) return NONE
  return metadata.bundled.filter((name) => typeof name === 'string')
}

/**
 * One event on its way through the router: its JSON text, and what every connection asks of it.
 * Whole parsed events are not kept: thousands of them waiting for their turn cost more collecting than the few who look inside
 * pay for parsing.
 */
export class EventCarrier {
  readonly text: string
  /** The name under which the ledger knows it; what a function writes into the event does not change it. */
  readonly messageId: string
  #integrations: Integrations | undefined
  #bundled: readonly string[] | undefined

  /** `integrations` and `bundled`: the event's own, where the caller has them at hand. */
  constructor(text: string, messageId: string, integrations?: Integrations, bundled?: readonly string[]) {
    this.text = text
    this.messageId = messageId
    this.#integrations = integrations
    this.#bundled = bundled
  }

  get integrations(): Integrations {
    return (this.#integrations ??= this.parse().integrations ?? {})
  }

  /** Names of the destinations that the browser has sent the event to itself. */
  get bundled(): readonly string[] {
    // Hardly any event has it, so that looking for the word spares nearly all of them the parsing.
    return (this.#bundled ??= this.text.includes('"bundled"') ? bundledOf(this.parse()) : NONE)
  }

  /** A new object each time. */
  parse(): Event {
    return JSON.parse(this.text) as Event
  }
}
