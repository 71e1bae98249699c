/**
 * The one table of everything that can go wrong, and the error that carries a row of it.
 * Expected endings of an event are `Outcome` values that name a code; `SluiceError` is for what stops a call.
 * Compare codes, never classes or messages: codes survive processes and releases.
 */
export type Fault = 'customer' | 'destination' | 'sluice'

export interface ErrorRow {
  /** One sentence for people; says what to change where that is known. */
  message: string
  fault: Fault
  /** Whether trying the same thing again later can help. */
  retry: boolean
  /** HTTP status when it ends a request of ours. */
  status: number
}

const row = (fault: Fault, retry: boolean, status: number, message: string): ErrorRow => ({ message, fault, retry, status })

export const ERRORS = {
  // Our HTTP doors.
  invalid_json: row('customer', false, 400, 'The body is not valid JSON.'),
  invalid_request: row('customer', false, 400, 'The request does not have the documented shape.'),
  payload_too_large: row('customer', false, 400, 'Exceed payload limit'),
  encoding_unsupported: row('customer', false, 400, 'The body has a Content-Encoding other than gzip or identity, or is not what it says.'),
  unauthorized: row('customer', false, 401, 'Send the management token as "Authorization: Bearer TOKEN".'),
  not_found: row('customer', false, 404, 'There is nothing at this address.'),
  method_not_allowed: row('customer', false, 405, 'This address takes POST only.'),
  conflict: row('customer', false, 409, 'Something else already has this name.'),
  queue_full: row('sluice', true, 503, 'The log is full; send the same request again later.'),
  queue_unavailable: row('sluice', true, 503, 'The log cannot be written; send the same request again later.'),
  shutting_down: row('sluice', true, 503, 'This process is stopping; send the same request again.'),
  internal: row('sluice', true, 500, 'Sluice failed in an unexpected way; its log has the details.'),

  // What is wrong with one event (names as in Segment's delivery overview).
  no_user_anon_id: row('customer', false, 400, 'One of userId or anonymousId is required.'),
  id_not_string: row('customer', false, 400, 'userId, anonymousId and messageId must be strings.'),
  id_required: row('customer', false, 400, 'groupId is required for group, previousId for alias.'),
  event_not_defined: row('customer', false, 400, 'A track call needs "event".'),
  event_not_string: row('customer', false, 400, '"event" must be a string.'),
  properties_not_object: row('customer', false, 400, '"properties" must be an object.'),
  traits_not_object: row('customer', false, 400, '"traits" must be an object.'),
  name_not_string: row('customer', false, 400, '"name" must be a non-empty string.'),
  category_not_string: row('customer', false, 400, '"category" must be a non-empty string.'),
  bad_event: row('customer', false, 400, 'The event is not an object of a known type.'),
  event_too_large: row('customer', false, 400, 'The event is larger than the limit for one event.'),
  batch_too_long: row('customer', false, 200, 'The batch has more events than one batch may hold.'),
  empty_batch: row('customer', false, 200, 'The batch has no events.'),
  bot_dropped: row('customer', false, 200, 'The event comes from a bot, and the source drops those.'),
  events_refused: row('customer', false, 400, 'The source is strict and some of the events are wrong, so none of the request was kept; "errors" says what is wrong with which.'),
  unknown_source: row('customer', false, 200, 'No source has this write key.'),
  source_disabled: row('customer', false, 200, 'The source is disabled.'),

  // How functions end (names of contract section 2.8 where it has one).
  bad_request: row('customer', false, 400, 'The function threw an error.'),
  message_rejected: row('customer', false, 400, 'The function rejected the event.'),
  unsupported_event_type: row('customer', false, 400, 'The function or destination does not take this type of event.'),
  retry: row('customer', true, 503, 'The function asked for the event to be sent again.'),
  dropped_by_function: row('customer', false, 200, 'Filtered at insert function.'),
  function_timeout: row('customer', true, 504, 'The function ran longer than its limit.'),
  function_memory: row('customer', true, 507, 'The function used more memory than its limit.'),
  function_crashed: row('customer', true, 500, 'The function brought its process down.'),
  function_output_too_large: row('customer', false, 413, 'The function returned more than the limit for one event.'),
  function_output_invalid: row('customer', false, 400, 'The function returned something that is not an event.'),
  function_compile_failed: row('customer', false, 400, 'The code does not compile.'),
  function_too_large: row('customer', false, 400, 'The code is larger than the limit.'),
  function_load_failed: row('customer', false, 400, 'The code failed while it was loaded.'),
  function_handlers_invalid: row('customer', false, 400, 'The code has no handler for what its kind gets, or one that is not a function.'),
  function_not_deployed: row('customer', false, 409, 'The function has no deployed version; POST /api/functions/:id/deploy first.'),
  function_quarantined: row('customer', true, 503, 'The function is paused because it kept killing its process.'),
  functions_overloaded: row('sluice', true, 503, 'The functions runtime has no room for another call now.'),
  invalid_settings: row('customer', false, 400, 'The settings of this instance do not fit.'),

  // Outgoing requests.
  fetch_blocked: row('customer', false, 403, 'The address is private, reserved or not http(s), so requests to it are refused.'),
  fetch_failed: row('destination', true, 502, 'The request could not be sent or was cut off.'),
  fetch_timeout: row('destination', true, 504, 'The other side did not answer in time.'),
  fetch_too_large: row('destination', false, 502, 'The answer is larger than the limit.'),
  fetch_limit: row('customer', false, 429, 'The invocation made more requests than its limit.'),

  // How deliveries end.
  filtered_by_integrations_object: row('customer', false, 200, 'The event\'s "integrations" object excludes this destination.'),
  message_sent_client_side: row('customer', false, 200, 'The browser already delivered this event to this destination.'),
  destination_rejected: row('destination', false, 400, 'The destination refused the event.'),
  destination_busy: row('destination', true, 429, 'The destination asked to slow down.'),
  destination_error: row('destination', true, 502, 'The destination failed.'),
  destination_unreachable: row('destination', true, 502, 'The destination could not be reached.'),
  batch_waiting: row('sluice', true, 503, 'The event waits for its batch to fill.'),
  destination_saturated: row('destination', true, 503, 'The destination is slower than its events arrive; the event waits in its queue.'),
  circuit_open: row('destination', true, 503, 'The destination keeps failing and rests until the next probe.'),
  destination_removed: row('customer', false, 410, 'The destination was deleted before the event was delivered.'),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

export interface ErrorDetails {
  /** What exactly is wrong, in addition to the table's sentence. */
  message?: string
  /** The offending field or path, when there is one. */
  field?: string
  cause?: unknown
  [extra: string]: unknown
}

/** Stops a call with a row of the table. `message` is for people, `code` for machines. */
export class SluiceError extends Error {
  readonly code: ErrorCode
  readonly details: Omit<ErrorDetails, 'message' | 'cause'>

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const { message, cause, ...rest } = details
    super(message ?? ERRORS[code].message, cause === undefined ? undefined : { cause })
    this.name = 'SluiceError'
    this.code = code
    this.details = rest
  }
}

/** Any thrown value as an Error, so that a catch may read `.message`. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(typeof thrown === 'string' ? thrown : 'a value that is not an Error was thrown')
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}
