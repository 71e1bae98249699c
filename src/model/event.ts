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

  /** `integrations`: the event's own, where the caller has them at hand. */
  constructor(text: string, messageId: string, integrations?: Integrations) {
    this.text = text
    this.messageId = messageId
    this.#integrations = integrations
  }

  get integrations(): Integrations {
    return (this.#integrations ??= this.parse().integrations ?? {})
  }

  /** A new object each time. */
  parse(): Event {
    return JSON.parse(this.text) as Event
  }
}
