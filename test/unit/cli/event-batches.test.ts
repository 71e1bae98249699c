import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { batchesOf, eventsOfFile, eventText } from '../../../src/cli/event-batches.ts'

let folder: string
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'sluice-batches-')) })
afterEach(() => rm(folder, { recursive: true }))

async function fileOf(...lines: string[]): Promise<string> {
  const file = join(folder, 'events.ndjson')
  await writeFile(file, lines.join('\n'))
  return file
}

describe('an event', () => {
  test('keeps its messageId', () => expect(JSON.parse(eventText({ type: 'page', messageId: 'm' }, 'x'))).toEqual({ type: 'page', messageId: 'm' }))

  test('gets one of its own when it has none, so that a repeat is recognised', () => {
    const ids = [1, 2].map(() => (JSON.parse(eventText({ type: 'page' }, 'x')) as { messageId: string }).messageId)
    expect(new Set(ids).size).toBe(2)
    expect(ids[0]).toMatch(/^cli-\w{22}$/)
  })

  test('that is too large is refused where it stands', () => {
    expect(() => eventText({ type: 'page', name: 'x'.repeat(limits.eventBytesMax) }, 'a.ndjson:7')).toThrow(/a\.ndjson:7: the event has \d+ bytes; the limit for one event is 32768/)
  })
})

describe('a file', () => {
  test('gives one event a line, empty lines and a last newline aside', async () => {
    const events = await Array.fromAsync(eventsOfFile(await fileOf('{"type":"page","messageId":"1"}', '', '{"type":"page","messageId":"2"}\r', '')))
    expect(events).toEqual(['{"type":"page","messageId":"1"}', '{"type":"page","messageId":"2"}'])
  })

  test.each([
    ['{"type":', ':2: not JSON'],
    ['[1]', ':2: an event is an object'],
    ['{"event":"x"}', ':2: an event is an object with a "type"'],
  ])('with the line %s is refused by the line, after what came before it', async (line, reason) => {
    const events = eventsOfFile(await fileOf('{"type":"page","messageId":"1"}', line))
    expect((await events.next()).value).toBe('{"type":"page","messageId":"1"}')
    await expect(events.next()).rejects.toThrow(reason)
  })

  test('that is not there is named', () => expect(Array.fromAsync(eventsOfFile(join(folder, 'none')))).rejects.toThrow('none cannot be read'))
})

describe('batches', () => {
  test('keep the order and hold no more than a request may', async () => {
    const events = Array.from({ length: limits.sendEventsPerRequest * 2 + 1 }, (_, index) => `{"n":${index}}`)
    const batches = await Array.fromAsync(batchesOf(events))
    expect(batches.map((batch) => batch.length)).toEqual([limits.sendEventsPerRequest, limits.sendEventsPerRequest, 1])
    expect(batches.flat()).toEqual(events)
  })

  test('stay below the bytes of one body, counted in bytes', async () => {
    const event = JSON.stringify({ name: 'é'.repeat(10_000) })
    const batches = await Array.fromAsync(batchesOf(Array.from({ length: 60 }, () => event)))
    expect(batches.length).toBeGreaterThan(1)
    for (const batch of batches) expect(Buffer.byteLength(`{"batch":[${batch.join(',')}]}`)).toBeLessThan(limits.batchBytesMax)
  })

  test('of nothing are none', async () => expect(await Array.fromAsync(batchesOf([]))).toEqual([]))
})
