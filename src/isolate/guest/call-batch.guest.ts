/** An author's `onBatch`, and what its result says of each event (contract 2.10, 2.5). */
import { dropped, failed, insertResult, invalid, shown, threw, type Entry } from './answer.guest.ts'
import { addLog } from './globals/console.guest.ts'
import type { Handler } from './handlers.guest.ts'
import { invocation } from './invocation.guest.ts'
import { isArray, isThenable, SafeMap, sliceText, toText } from './primordials.guest.ts'

/** Gives the entry of each event. Never rejects. */
export async function callBatch(handler: Handler, payloads: unknown[], { settings, trace }: { settings: unknown, trace: boolean }): Promise<(position: number) => Entry> {
  // Read before the handler sees the events, since it may change them.
  const ids = idsOf(payloads)
  const count = payloads.length
  try {
    const result = handler(payloads, settings)
    const value = isThenable(result) ? await result : result
    return invocation.config.resourceType === 'DESTINATION' ? statusEntries(value, count, trace) : insertEntries(value, { ids, count }, trace)
  } catch (thrown) {
    // Retry means the whole batch again, anything else that none of it is.
    const entry = threw(thrown, trace)
    return () => entry
  }
}

function idsOf(payloads: unknown[]): SafeMap<string, number> {
  const ids = new SafeMap<string, number>()
  for (let i = 0; i < payloads.length; i++) {
    const id = messageIdOf(payloads[i])
    if (id !== undefined && ids.get(id) === undefined) ids.set(id, i)
  }
  return ids
}

function messageIdOf(event: unknown): string | undefined {
  const id = typeof event === 'object' && event !== null ? (event as { messageId?: unknown }).messageId : undefined
  return typeof id === 'string' ? id : undefined
}

/** A destination answers for each event with {status, errormessage}, or with nothing when all went well. */
function statusEntries(value: unknown, count: number, trace: boolean): (position: number) => Entry {
  if (!isArray(value)) return () => shown(value, trace)
  const results: unknown[] = value
  if (results.length !== count) {
    addLog('warn', `onBatch got ${count} events and returned ${results.length} results; without one result per event all count as delivered.`)
    return () => shown(undefined, trace)
  }
  return (position) => {
    const result = results[position]
    if (typeof result !== 'object' || result === null) return shown(result, trace)
    const { status, errormessage } = result as { status?: unknown, errormessage?: unknown }
    if (typeof status !== 'number' || (status >= 200 && status < 400)) return shown(result, trace)
    const message = `${status}: ${sliceText(typeof errormessage === 'string' ? errormessage : toText(errormessage ?? 'no errormessage'), 0, invocation.config.errorCharsMax)}`
    return isRetryable(status)
      ? failed({ outcome: 'retry', code: 'retry' }, { name: 'RetryError', message, stack: '' }, trace)
      : failed({ outcome: 'discarded', code: 'bad_request' }, { name: 'Error', message, stack: '' }, trace)
  }
}

/** The HTTP rule of contract 3.2. */
function isRetryable(status: number): boolean {
  return status === 408 || status === 423 || status === 429 || (status >= 500 && status !== 501)
}

/** By messageId first; by position when nothing was left out; what is missing or a hole was filtered. */
function insertEntries(value: unknown, given: { ids: SafeMap<string, number>, count: number }, trace: boolean): (position: number) => Entry {
  if (value === undefined || value === null) return () => dropped(trace)
  if (!isArray(value)) return () => invalid(`onBatch of an insert function returns an array of events; this one returned a ${typeof value}.`, trace)
  const returned: unknown[] = value
  const placed = new SafeMap<number, unknown>()
  const length = returned.length
  for (let i = 0; i < length; i++) {
    const position = given.ids.get(messageIdOf(returned[i]) ?? '')
    if (position !== undefined && placed.get(position) === undefined) placed.set(position, returned[i])
    else if (position === undefined && placed.get(i) === undefined && length === given.count) placed.set(i, returned[i])
  }
  return (position) => insertResult(placed.get(position), trace)
}
