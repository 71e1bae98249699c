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
 * One event on its way through the router: its JSON text, and the parsed value when somebody has it.
 * `text` is the truth; `value` is parsed on first use and must not be changed.
 */
export class EventCarrier {
  readonly text: string
  readonly messageId: string
  #value: Event | undefined

  constructor(text: string, messageId: string, value?: Event) {
    this.text = text
    this.messageId = messageId
    this.#value = value
  }

  get value(): Event {
    return (this.#value ??= JSON.parse(this.text) as Event)
  }
}
