import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../../src/base/errors.ts'
import { limits } from '../../../src/base/limits.ts'
import { silentLog } from '../../../src/base/log.ts'
import type { Event, Json } from '../../../src/model/event.ts'
import { createRecordingQueue } from '../../support/recording-queue.ts'
import { acceptEvents, isTooLarge } from '../../../src/receive/accept.ts'
import { Refusals } from '../../../src/receive/refusals.ts'

const RECEIVED = '2026-10-01T12:00:00.000Z'
const call = { sourceId: 'src_1', receivedAtMs: Date.parse(RECEIVED), receivedAt: RECEIVED }
const track = (more: Record<string, Json> = {}): Json => ({ type: 'track', event: 'E', userId: 'u', ...more })

function setUp() {
  const queue = createRecordingQueue()
  const refusals = new Refusals()
  return { queue, refusals, deps: { queue, refusals, log: silentLog } }
}

describe('acceptEvents', () => {
  it('appends the good events of a call in one entry, in order, each with its text and its integrations', async () => {
    const { queue, deps } = setUp()
    await acceptEvents([track({ messageId: 'a' }), track({ messageId: 'b' })], call, deps)
    expect(queue.appended).toHaveLength(1)
    const [entry] = queue.appended
    expect(entry).toMatchObject({ sourceId: 'src_1', kind: 'events', receivedAt: call.receivedAtMs })
    expect(entry?.events.map((carrier) => carrier.messageId)).toEqual(['a', 'b'])
    for (const carrier of entry?.events ?? []) expect(carrier.parse().integrations).toEqual(carrier.integrations)
  })

  it('drops bad events singly and counts them by code', async () => {
    const { queue, refusals, deps } = setUp()
    await acceptEvents([track({ messageId: 'a' }), 7, track({ userId: 7 }), track({ userId: 8 }), track({ messageId: 'b' })], call, deps)
    expect(queue.events().map((event) => event.messageId)).toEqual(['a', 'b'])
    expect(refusals.list()).toEqual([{ sourceId: 'src_1', code: 'bad_event', count: 1 }, { sourceId: 'src_1', code: 'id_not_string', count: 2 }])
  })

  it('appends nothing when nothing is good', async () => {
    const { queue, deps } = setUp()
    await acceptEvents([7, null], call, deps)
    expect(queue.appended).toEqual([])
  })

  it('gives every event without a messageId one of its own', async () => {
    const { queue, deps } = setUp()
    for (let round = 0; round < 5; round++) await acceptEvents(Array.from({ length: 20 }, () => track()), call, deps)
    const ids = queue.events().map((event) => event.messageId)
    expect(new Set(ids).size).toBe(100)
    expect(ids.every((id) => id.length <= limits.messageIdCharsMax)).toBe(true)
  })

  it('counts nothing as refused when the log cannot take the rest, since the client sends all of it again', async () => {
    const { queue, refusals, deps } = setUp()
    queue.refuseWith(new SluiceError('queue_full'))
    await expect(acceptEvents([track(), 7], call, deps)).rejects.toMatchObject({ code: 'queue_full' })
    expect(refusals.list()).toEqual([])
  })

  it('drops the event that is too large and keeps its neighbours', async () => {
    const { queue, refusals, deps } = setUp()
    await acceptEvents([track({ messageId: 'a' }), track({ properties: { text: 'x'.repeat(limits.eventBytesMax) } })], call, deps)
    expect(queue.events().map((event) => event.messageId)).toEqual(['a'])
    expect(refusals.list()).toEqual([{ sourceId: 'src_1', code: 'event_too_large', count: 1 }])
  })

  it('does not let a batch\'s context grow into more than the limit for all its events', async () => {
    const { queue, deps } = setUp()
    const context = { text: 'x'.repeat(30_000) }
    await expect(acceptEvents(Array.from({ length: 2_500 }, () => track()), { ...call, context }, deps)).rejects.toMatchObject({ code: 'payload_too_large' })
    expect(queue.appended).toEqual([])
  })
})

describe('isTooLarge', () => {
  const event = (filler: string): Event => ({ type: 'track', userId: 'u', event: 'E', filler }) as unknown as Event
  const grown = (sent: Event): Event => ({ ...sent, messageId: 'x'.repeat(100), timestamp: RECEIVED, sentAt: RECEIVED, receivedAt: RECEIVED, originalTimestamp: RECEIVED, projectId: 'src_1', version: 2, context: {}, integrations: {} })
  const overhead = JSON.stringify({ userId: 'u', event: 'E', filler: '' }).length

  it.each([
    ['exactly the limit, in ASCII', 'x'.repeat(1_000 - overhead), false],
    ['a byte more', 'x'.repeat(1_001 - overhead), true],
    ['few characters of many bytes', '日'.repeat(400), true],
  ])('measures what the client sent, in bytes: %s', (_what, filler, tooLarge) => {
    const whole = grown(event(filler))
    expect(isTooLarge(JSON.stringify(whole), whole, 1_000)).toBe(tooLarge)
  })
})
