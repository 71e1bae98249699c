/// <reference path="./libraries.d.ts" />
/**
 * What the author of a function sees: put it beside your functions, or name it in a tsconfig (`functions/tsconfig.json` does).
 * A function is a script with top-level handlers, such as `function onTrack(event: TrackEvent) { return event }`; it has no
 * `import`, `require` or `process`, and these globals beside the language itself.
 *
 * Handlers, each `(event, settings)` and possibly async:
 * - source functions: `onRequest(request, settings)`, once per webhook; what they hand to `Segment` becomes events, all or none.
 * - insert functions: `onIdentify onTrack onPage onScreen onGroup onAlias onDelete`; the event that is returned goes on, returning nothing drops it;
 *   before a destination also `onBatch(events, settings)`, which returns the events.
 * - destination functions: the same names, and `onBatch(events, settings)`; ending without an error means delivered.
 * An event whose type has no handler ends as `unsupported_event_type`.
 */

type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject
/** Fields may be missing, so reading one says `| undefined`. */
interface JsonObject {
  [field: string]: JsonValue | undefined
}

/** The event of Segment's spec, as the router has normalized it. Each call gets a copy of its own: change it freely. */
interface SegmentEventBase {
  messageId: string
  userId?: string | null
  anonymousId?: string | null
  context?: JsonObject
  /** Names of destinations to true, false or options; `All` covers the names not listed. */
  integrations?: { [destination: string]: boolean | JsonObject }
  /** ISO 8601, corrected for the client's clock. */
  timestamp?: string
  originalTimestamp?: string
  sentAt?: string
  receivedAt?: string
  /** The source's id. */
  projectId?: string
  version?: number
  channel?: string
}

interface IdentifyEvent extends SegmentEventBase {
  type: 'identify'
  traits?: JsonObject
}

interface TrackEvent extends SegmentEventBase {
  type: 'track'
  event: string
  properties?: JsonObject
}

interface PageEvent extends SegmentEventBase {
  type: 'page'
  name?: string
  category?: string
  properties?: JsonObject
}

interface ScreenEvent extends SegmentEventBase {
  type: 'screen'
  name?: string
  category?: string
  properties?: JsonObject
}

interface GroupEvent extends SegmentEventBase {
  type: 'group'
  groupId: string
  traits?: JsonObject
}

interface AliasEvent extends SegmentEventBase {
  type: 'alias'
  previousId: string
}

/** Somebody asked to be forgotten. */
interface DeleteEvent extends SegmentEventBase {
  type: 'delete'
}

type SegmentEvent = IdentifyEvent | TrackEvent | PageEvent | ScreenEvent | GroupEvent | AliasEvent | DeleteEvent

/** The second argument of every handler: the values of this instance, by the names in `function.json`. Narrow it with an interface of your own. */
interface FunctionSettings {
  readonly [name: string]: string | boolean | string[] | { [key: string]: string } | undefined
}

/** What `onBatch` of a destination function may return, one per event in order; a status as of HTTP decides whether the event is tried again. */
interface BatchResult {
  status: number
  errormessage?: string
}

/** The webhook that `onRequest` gets. */
interface FunctionRequest {
  /** The parsed body; of a form, its fields. */
  json(): unknown
  /** The exact text that was sent, as signatures need it. */
  text(): string
  readonly headers: Headers
  readonly url: URL
}

interface SegmentCall {
  userId?: string
  anonymousId?: string
  messageId?: string
  context?: JsonObject
  integrations?: { [destination: string]: boolean | JsonObject }
  timestamp?: string | Date
  sentAt?: string | Date
}

/** In source functions only: what is handed over here becomes events once `onRequest` has ended without an error. */
declare const Segment: {
  /** @throws ValidationError when a required field is missing; identify, track and alias need userId or anonymousId */
  identify(call: SegmentCall & { traits?: JsonObject }): object
  track(call: SegmentCall & { event: string, properties?: JsonObject }): object
  page(call: SegmentCall & { name?: string, category?: string, properties?: JsonObject }): object
  screen(call: SegmentCall & { name?: string, category?: string, properties?: JsonObject }): object
  group(call: SegmentCall & { groupId: string, traits?: JsonObject }): object
  alias(call: SegmentCall & { previousId: string }): object
  /** An object of a collection (lower case), for warehouses. */
  set(call: { collection: string, id: string, properties?: JsonObject }): object
}

/** The event is run again later, with growing waits; when its time is over it is kept for replay. */
declare class RetryError extends Error {
  constructor(message?: string, cause?: unknown)
}
/** The event ends as `unsupported_event_type`. */
declare class EventNotSupported extends Error {
  constructor(message?: string, cause?: unknown)
}
/** The event ends as `message_rejected`. */
declare class InvalidEventPayload extends Error {
  constructor(message?: string, cause?: unknown)
}
/** The event ends as `message_rejected`. */
declare class ValidationError extends Error {
  constructor(message?: string, cause?: unknown)
}
/** Insert functions: the event goes no further, on purpose. */
declare class DropEvent extends Error {
  constructor(message?: string, cause?: unknown)
}

/** Kept with the event when it fails, and shown by a preview. */
declare const console: {
  debug(...values: unknown[]): void
  log(...values: unknown[]): void
  info(...values: unknown[]): void
  warn(...values: unknown[]): void
  error(...values: unknown[]): void
}

declare function setTimeout(callback: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]): number
declare function clearTimeout(timer?: number): void
declare function setInterval(callback: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]): number
declare function clearInterval(timer?: number): void

declare function atob(base64: string): string
declare function btoa(text: string): string

/**
 * Leaves through the router, which refuses private addresses (`fetch_blocked`) and counts (`fetch_limit`).
 * A status such as 404 does not reject; not reaching the other side does, with an error whose `name` is FetchError.
 */
declare function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>

interface RequestInit {
  method?: string
  headers?: HeadersInit
  body?: BodyInit | null
  /** `manual` hands a 3xx back as it is. Default: follow. */
  redirect?: 'follow' | 'manual' | 'error'
  /** Redirects to follow at most. */
  follow?: number
  /** Milliseconds for the whole exchange; 0 for the router's own limit. */
  timeout?: number
  /** Bytes of the response's body at most; 0 for the router's own limit. */
  size?: number
  /** Ends the request with an error whose `name` is AbortError. */
  signal?: AbortSignal | null
}

type BodyInit = string | URLSearchParams | FormData | Blob | ArrayBuffer | ArrayBufferView

type HeadersInit = Headers | { [name: string]: string } | Iterable<readonly [string, string]>

/** Names in any case; several values of one name are joined by ", ". */
declare class Headers {
  constructor(init?: HeadersInit)
  append(name: string, value: string): void
  delete(name: string): void
  get(name: string): string | null
  has(name: string): boolean
  set(name: string, value: string): void
  forEach(visit: (value: string, name: string, headers: Headers) => void): void
  raw(): { [name: string]: string[] }
  entries(): IterableIterator<[string, string]>
  keys(): IterableIterator<string>
  values(): IterableIterator<string>
  [Symbol.iterator](): IterableIterator<[string, string]>
}

declare class Request {
  constructor(input: string | URL | Request, init?: RequestInit)
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly bodyUsed: boolean
  /** The body can be read once. */
  text(): Promise<string>
  json(): Promise<unknown>
  arrayBuffer(): Promise<ArrayBuffer>
  buffer(): Promise<Buffer>
  blob(): Promise<Blob>
  clone(): Request
}

declare class Response {
  constructor(body?: BodyInit | null, init?: { status?: number, statusText?: string, headers?: HeadersInit })
  readonly status: number
  readonly statusText: string
  /** A status from 200 to 299. */
  readonly ok: boolean
  readonly url: string
  readonly redirected: boolean
  readonly headers: Headers
  readonly bodyUsed: boolean
  /** The body can be read once. */
  text(): Promise<string>
  json(): Promise<unknown>
  arrayBuffer(): Promise<ArrayBuffer>
  buffer(): Promise<Buffer>
  blob(): Promise<Blob>
  static json(value: unknown, init?: { status?: number, statusText?: string, headers?: HeadersInit }): Response
  clone(): Response
}

declare class URL {
  constructor(url: string | URL, base?: string | URL)
  static canParse(url: string | URL, base?: string | URL): boolean
  href: string
  readonly origin: string
  protocol: string
  username: string
  password: string
  host: string
  hostname: string
  port: string
  pathname: string
  search: string
  readonly searchParams: URLSearchParams
  hash: string
  toString(): string
  toJSON(): string
}

declare class URLSearchParams {
  constructor(init?: string | { [name: string]: string } | [string, string][] | URLSearchParams)
  append(name: string, value: string): void
  delete(name: string, value?: string): void
  get(name: string): string | null
  getAll(name: string): string[]
  has(name: string, value?: string): boolean
  set(name: string, value: string): void
  sort(): void
  forEach(callback: (value: string, name: string) => void): void
  entries(): IterableIterator<[string, string]>
  keys(): IterableIterator<string>
  values(): IterableIterator<string>
  toString(): string
  [Symbol.iterator](): IterableIterator<[string, string]>
}
