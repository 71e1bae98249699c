/** The one event (or batch) that this isolate is working on, and the only door out of it. */

/** The limits and facts that the bootstrap gets from the child. */
export interface GuestConfig {
  resourceType: 'SOURCE' | 'DESTINATION' | 'INSERT_DESTINATION' | 'INSERT_SOURCE'
  outputBytesMax: number
  sourceOutputBytesMax: number
  logBytesKept: number
  errorCharsMax: number
  fetchesMax: number
  fetchesInFlightMax: number
  fetchBodyBytesMax: number
  timersMax: number
  wallMs: number
  /** Names of globals to the library that makes each. */
  libraries: Record<string, string>
}

/**
 * Messages to the child, copied as they cross. The child trusts none of it: it checks types and counts again.
 * - ['fetch', id, index, request as JSON text]
 * - ['timer', id, delayMs] asks to be woken once
 * - ['clear', id] forgets that timer
 * - ['report', index, entry and texts] an event with host calls has ended
 * - ['log', index, entry as JSON text] when the frame is live
 */
export type BridgeMessage =
  | ['fetch', id: number, index: number, request: string]
  | ['timer', id: number, delayMs: number]
  | ['clear', id: number]
  | ['report', index: number, text: string]
  | ['log', index: number, line: string]

export interface Invocation {
  config: GuestConfig
  /** Position in the running frame; -1 while the code is loaded and between frames. */
  index: number
  /** Host calls made since the event began. */
  calls: number
  fetches: number
  /** JSON text of the captured log entries, joined by commas. */
  logs: string
  logsTruncated: boolean
  /** This isolate may not live to hand its log over, so each line is told at once. */
  live: boolean
  send(message: BridgeMessage): void
}

export const invocation: Invocation = {
  config: undefined as unknown as GuestConfig,
  index: -1,
  calls: 0,
  fetches: 0,
  logs: '',
  logsTruncated: false,
  live: false,
  send: () => undefined,
}

/** Run at the end of each event; what an event started and did not wait for ends with it. */
type EndListener = () => void
const listeners: EndListener[] = []
let listenerCount = 0

export function onInvocationEnd(listener: EndListener): void {
  listeners[listenerCount++] = listener
}

export function beginInvocation(index: number): void {
  invocation.index = index
  invocation.calls = 0
  invocation.fetches = 0
  if (invocation.logs !== '') invocation.logs = ''
  invocation.logsTruncated = false
}

export function endInvocation(): void {
  if (invocation.calls > 0) {
    for (let i = 0; i < listenerCount; i++) listeners[i]!()
  }
  invocation.index = -1
}
