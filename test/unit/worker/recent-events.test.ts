import { expect, test } from 'vitest'
import { limits } from '#src/base/limits.ts'
import { EventCarrier } from '#src/model/event.ts'
import { FRESH } from '#src/deliver/retry-policy.ts'
import { RecentEvents } from '#src/worker/recent-events.ts'
import type { Unit } from '#src/worker/unit.ts'

const text = (type: string, id: string, filler = ''): string => JSON.stringify({ type, messageId: id, filler })
const unit = (sourceId: string, texts: string[], kind: Unit['kind'] = 'events'): Unit => ({
  sourceId, kind, receivedAt: 1, claim: { entryIds: [1], jobs: [] }, items: texts.map((each, index) => ({ event: new EventCarrier(each, String(index)), state: FRESH })),
})

test('the newest events come first, the types in turns so that a rare one is not buried under a frequent one', () => {
  const recent = new RecentEvents()
  recent.add(unit('src', [text('identify', 'i1')]))
  for (let index = 0; index < 5; index++) recent.add(unit('src', [text('track', `t${index}`)]))
  expect(recent.list('src', { count: 3 })).toEqual([text('identify', 'i1'), text('track', 't4'), text('track', 't3')])
  expect(recent.list('src', { type: 'track', count: 2 })).toEqual([text('track', 't4'), text('track', 't3')])
  expect(recent.list('src', { type: 'page', count: 2 })).toEqual([])
  expect(recent.list('other', { count: 2 })).toEqual([])
})

test('webhooks are apart from events', () => {
  const recent = new RecentEvents()
  recent.add(unit('src', ['{"body":"a"}'], 'webhook'))
  expect(recent.list('src', { count: 5 })).toEqual([])
  expect(recent.list('src', { type: 'webhook', count: 5 })).toEqual(['{"body":"a"}'])
})

test('each type keeps a bounded number, and all sources together a bounded size: the quiet ones go first', () => {
  const recent = new RecentEvents()
  for (let index = 0; index < 100; index++) recent.add(unit('quiet', [text('track', `q${index}`)]))
  expect(recent.list('quiet', { count: 1_000 })).toHaveLength(limits.recentEventsPerTypeMax)
  const filler = 'x'.repeat(limits.recentEventsCharsMax / 30)
  for (let index = 0; index < 20; index++) recent.add(unit('busy', [text('track', `b${index}`, filler)]))
  expect(recent.list('quiet', { count: 1 })).toHaveLength(1)
  for (let index = 0; index < 20; index++) recent.add(unit('loud', [text('track', `l${index}`, filler)]))
  expect(recent.list('quiet', { count: 1 })).toEqual([])
  expect(recent.list('busy', { count: 1 })).toEqual([])
  expect(recent.list('loud', { count: 100 })).toHaveLength(20)
})
