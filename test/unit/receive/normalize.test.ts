import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../src/model/event.ts'
import { capProperties, mergeObjects, normalizeEvent } from '../../../src/receive/normalize.ts'
import type { CallContext } from '../../../src/receive/normalize.ts'

const RECEIVED = '2026-10-01T12:00:00.000Z'
const call = (more: Partial<CallContext> = {}): CallContext => ({
  sourceId: 'src_1', receivedAtMs: Date.parse(RECEIVED), receivedAt: RECEIVED, assignId: () => 'assigned', ...more,
})
const track = (more: JsonObject = {}): JsonObject => ({ type: 'track', event: 'E', userId: 'u', messageId: 'm', ...more })
const normalized = (item: Json, more?: Partial<CallContext>): JsonObject => {
  const event = normalizeEvent(item, call(more))
  if (typeof event === 'string') throw new Error(`refused: ${event}`)
  return JSON.parse(JSON.stringify(event)) as JsonObject
}

describe('normalizeEvent', () => {
  it('adds what the server knows and keeps what the client sent, unknown fields too', () => {
    expect(normalized(track({ channel: 'server', _metadata: { nodeVersion: '26' }, extra: [1] }))).toEqual({
      type: 'track', event: 'E', userId: 'u', messageId: 'm', channel: 'server', _metadata: { nodeVersion: '26' }, extra: [1],
      context: {}, integrations: {}, timestamp: RECEIVED, receivedAt: RECEIVED, projectId: 'src_1', version: 2,
    })
  })

  it('overrules what only the server may say', () => {
    const event = normalized(track({ receivedAt: 'x', projectId: 'src_2', version: '9', writeKey: 'secret' }))
    expect(event).toMatchObject({ receivedAt: RECEIVED, projectId: 'src_1', version: 2 })
    expect(event).not.toHaveProperty('writeKey')
  })

  it('changes the parsed object itself, whose value is exactly what its text says', () => {
    const item = track({ writeKey: 'k', sentAt: 7, originalTimestamp: 7 })
    const event = normalizeEvent(item, call())
    expect(event).toBe(item)
    expect(Object.values(item)).not.toContain(undefined)
  })

  it.each([[7], [null], ['x'], [[]], [{}], [{ type: 'delete', userId: 'u' }], [{ type: 'TRACK', userId: 'u', event: 'E' }], [{ type: 7 }]])('refuses %j as bad_event', (item) => {
    expect(normalizeEvent(item as Json, call())).toBe('bad_event')
  })

  it('refuses what is nested too deeply, in an item or in the batch\'s context', () => {
    const deep = JSON.parse('['.repeat(600) + ']'.repeat(600)) as Json
    expect(normalizeEvent(track({ properties: { deep } }), call())).toBe('bad_event')
    expect(normalizeEvent(track(), call({ context: { deep } }))).toBe('bad_event')
  })

  it('takes the type from the path over the one in the body', () => {
    expect(normalized({ type: 'track', userId: 'u' }, { type: 'identify' })).toMatchObject({ type: 'identify' })
    expect(normalized({ userId: 'u' }, { type: 'identify' })).toMatchObject({ type: 'identify' })
  })

  it('makes an empty id null', () => {
    expect(normalized(track({ anonymousId: '' }))).toMatchObject({ userId: 'u', anonymousId: null })
    expect(normalized(track({ userId: '', anonymousId: 'a' }))).toMatchObject({ userId: null, anonymousId: 'a' })
  })

  it.each([['m', 'm'], ['x'.repeat(100), 'x'.repeat(100)], ['x'.repeat(101), 'assigned'], ['', 'assigned'], [null, 'assigned'], [7, 'assigned'], ['\ud800', 'assigned'], [undefined, 'assigned']])(
    'turns messageId %j into %j', (given, kept) => {
      expect(normalized(track({ messageId: given as Json }))).toMatchObject({ messageId: kept })
    })

  it('merges the batch\'s context and integrations into each item, where the item wins', () => {
    const shared = { context: { ip: '1', locale: 'de', app: { a: 1 } }, integrations: { All: false, A: true } }
    expect(normalized(track({ context: { ip: '2', app: { b: 2 } }, integrations: { A: false } }), shared)).toMatchObject({
      context: { ip: '2', locale: 'de', app: { b: 2 } }, integrations: { All: false, A: false },
    })
    expect(normalized(track(), shared)).toMatchObject(shared)
  })

  it.each([[null], ['x'], [7], [[1]], [true]])('makes context and integrations objects where they are %j', (wrong) => {
    expect(normalized(track({ context: wrong as Json, integrations: wrong as Json }))).toMatchObject({ context: {}, integrations: {} })
    expect(normalized(track(), { context: wrong as Json })).toMatchObject({ context: {} })
  })

  it('takes the traits of an identify call from its context, where RudderStack\'s browser SDK puts them, if it has none itself', () => {
    const identify = (more: Record<string, Json>): Json => ({ type: 'identify', userId: 'u', context: { traits: { a: 1 } }, ...more })
    expect(normalized(identify({}))).toMatchObject({ traits: { a: 1 }, context: { traits: { a: 1 } } })
    expect(normalized(identify({ traits: { b: 2 } }))).toMatchObject({ traits: { b: 2 } })
    expect(normalized(track({ context: { traits: { a: 1 } } }))).not.toHaveProperty('traits')
  })

  it('makes null properties and traits empty, and leaves absent ones absent', () => {
    expect(normalized(track({ properties: null, traits: null }))).toMatchObject({ properties: {}, traits: {} })
    expect(normalized(track())).not.toHaveProperty('properties')
  })

  it('keeps keys named __proto__ as data everywhere and pollutes nothing', () => {
    const item = JSON.parse('{"type":"track","event":"E","userId":"u","__proto__":{"a":1},"context":{"__proto__":{"b":1}},"properties":{"__proto__":{"c":1},"constructor":{"prototype":{"d":1}}}}') as Json
    const outer = JSON.parse('{"__proto__":{"e":1},"f":1}') as Json
    const text = JSON.stringify(normalizeEvent(item, call({ context: outer })))
    expect(text).toContain('"__proto__":{"a":1}')
    expect(text).toContain('"context":{"__proto__":{"b":1},"f":1}')
    expect(text).toContain('"__proto__":{"c":1}')
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(({} as JsonObject)[name]).toBeUndefined()
  })
})

describe('the times of an event', () => {
  const EARLY = '2026-10-01T11:00:00.000Z'
  it.each([
    ['nothing sent', {}, { timestamp: RECEIVED }],
    ['only a timestamp', { timestamp: EARLY }, { timestamp: EARLY, originalTimestamp: EARLY }],
    ['only an originalTimestamp, as RudderStack does', { originalTimestamp: EARLY }, { timestamp: EARLY, originalTimestamp: EARLY }],
    ['a clock that is an hour slow', { timestamp: EARLY, sentAt: '2026-10-01T11:00:05.000Z' }, { timestamp: '2026-10-01T11:59:55.000Z', originalTimestamp: EARLY, sentAt: '2026-10-01T11:00:05.000Z' }],
    ['a timestamp with a zone', { timestamp: '2026-10-01T13:00:00+02:00' }, { timestamp: EARLY, originalTimestamp: '2026-10-01T13:00:00+02:00' }],
    ['both timestamps', { timestamp: EARLY, originalTimestamp: '2020-01-01' }, { timestamp: EARLY, originalTimestamp: EARLY }],
    ['a timestamp that is no date', { timestamp: 'soon' }, { timestamp: RECEIVED }],
    ['a timestamp that is no string', { timestamp: 1_790_000_000_000 }, { timestamp: RECEIVED }],
    ['a sentAt that is no date', { timestamp: EARLY, sentAt: 'late' }, { timestamp: EARLY, originalTimestamp: EARLY }],
    ['a sentAt that is no string', { timestamp: EARLY, sentAt: 5 }, { timestamp: EARLY, originalTimestamp: EARLY }],
    ['an event of the future', { timestamp: '2026-10-01T12:30:00.000Z', sentAt: RECEIVED }, { timestamp: '2026-10-01T12:30:00.000Z', originalTimestamp: '2026-10-01T12:30:00.000Z', sentAt: RECEIVED }],
  ] as [string, JsonObject, JsonObject][])('with %s', (_what, sent, expected) => {
    const { timestamp, originalTimestamp, sentAt } = normalized(track(sent))
    expect(JSON.parse(JSON.stringify({ timestamp, originalTimestamp, sentAt }))).toEqual(expected)
  })

  it('takes the batch\'s sentAt for items without one, and the item\'s own otherwise', () => {
    const shared = { sentAt: '2026-10-01T11:00:05.000Z' }
    expect(normalized(track({ timestamp: EARLY }), shared)).toMatchObject({ timestamp: '2026-10-01T11:59:55.000Z', sentAt: shared.sentAt })
    expect(normalized(track({ timestamp: EARLY, sentAt: '2026-10-01T12:00:00.000Z' }), shared)).toMatchObject({ timestamp: EARLY })
  })
})

describe('mergeObjects', () => {
  it('hands an object on as it is when there is nothing to merge', () => {
    const one = { a: 1 }
    expect(mergeObjects(undefined, one)).toBe(one)
    expect(mergeObjects(one, undefined)).toBe(one)
  })
})

describe('capProperties', () => {
  it('drops what comes after the limit and keeps the order', () => {
    expect(Object.keys(capProperties({ c: 1, a: 2, b: 3 }, 2))).toEqual(['c', 'a'])
  })

  it('hands the same object on when it is within the limit', () => {
    const properties = { a: 1, b: 2 }
    expect(capProperties(properties, 2)).toBe(properties)
  })
})
