/** Events on their way to `/v1/batch`: each named, none too large, grouped so that every body fits. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { asError, SluiceError } from '../base/errors.ts'
import { randomText } from '../base/ids.ts'
import { limits } from '../base/limits.ts'
import type { Json, JsonObject } from '../model/event.ts'

/** Room for what a body has besides its events. */
const ENVELOPE_BYTES = 1_024

/** The event's JSON text; given a messageId when it has none, so that sending it again does not make it two events. */
export function eventText(event: JsonObject, place: string): string {
  const named = typeof event['messageId'] === 'string' ? event : { ...event, messageId: `cli-${randomText(22)}` }
  const text = JSON.stringify(named)
  const bytes = Buffer.byteLength(text)
  if (bytes > limits.eventBytesMax) {
    throw new SluiceError('event_too_large', { message: `${place}: the event has ${bytes} bytes; the limit for one event is ${limits.eventBytesMax}` })
  }
  return text
}

/** @throws SluiceError that names file and line of what is not an event; the events before it have been yielded */
export async function* eventsOfFile(file: string): AsyncGenerator<string> {
  const input = createReadStream(file)
  let lineNumber = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      lineNumber += 1
      if (line.trim() !== '') yield eventText(parseLine(line, `${file}:${lineNumber}`), `${file}:${lineNumber}`)
    }
  } catch (thrown) {
    if (thrown instanceof SluiceError) throw thrown
    throw new SluiceError('invalid_request', { message: `${file} cannot be read: ${asError(thrown).message}`, cause: thrown })
  } finally {
    input.destroy()
  }
}

function parseLine(line: string, place: string): JsonObject {
  let value: Json
  try {
    value = JSON.parse(line) as Json
  } catch (thrown) {
    throw new SluiceError('invalid_json', { message: `${place}: not JSON (${asError(thrown).message})`, cause: thrown })
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value) || typeof value['type'] !== 'string') {
    throw new SluiceError('bad_event', { message: `${place}: an event is an object with a "type", one a line` })
  }
  return value
}

/** Groups of events in order, each small enough for one request. */
export async function* batchesOf(events: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = []
  let bytes = ENVELOPE_BYTES
  for await (const text of events) {
    const size = Buffer.byteLength(text) + 1
    if (batch.length === limits.sendEventsPerRequest || (batch.length > 0 && bytes + size > limits.batchBytesMax)) {
      yield batch
      batch = []
      bytes = ENVELOPE_BYTES
    }
    batch.push(text)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
