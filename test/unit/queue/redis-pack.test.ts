import { expect, test } from 'vitest'
import { EventCarrier } from '../../../src/model/event.ts'
import { digestsOf, packEntry, packJob, unpackEntry, unpackJob } from '../../../src/queue/redis-pack.ts'
import { entry, idsOf, job } from '../../support/queue-material.ts'

const odd = [new EventCarrier('{"a":\n"line"}', 'id\nwith "quotes"'), new EventCarrier('"ünïcode 🦊"', '🦊'), new EventCarrier('""', '')]

test('an entry comes back letter by letter, without what was left out', () => {
  const packed = packEntry(entry([], { events: odd }))
  expect(unpackEntry(7, packed, '').events.map(({ text, messageId }) => [text, messageId])).toEqual(odd.map(({ text, messageId }) => [text, messageId]))
  expect(idsOf(unpackEntry(7, packed, '0,2').events)).toEqual(['🦊'])
})

test('a job comes back with all that it has, and without what it has not', () => {
  const parked = job([], { events: odd, message: 'two\nlines', detail: { status: 500, logs: [] }, strikes: 2 })
  const back = unpackJob({ number: 3, partition: 5, lease: 9.5, dueAt: 44 }, packJob(parked, 1))
  expect(back).toMatchObject({ id: 3 * 1_024 + 5, lease: 9.5, dueAt: 44, message: 'two\nlines', detail: { status: 500, logs: [] }, strikes: 2 })
  expect(back.events.map(({ text }) => text)).toEqual(odd.map(({ text }) => text))
  const plain = unpackJob({ number: 3, partition: 5, lease: 9.5, dueAt: 44 }, packJob(job(['m1']), 1))
  expect(plain).not.toHaveProperty('message')
  expect(plain).not.toHaveProperty('detail')
})

test('digests are of one length, and differ by source, kind and message', () => {
  const digests = [entry(['m1', 'm2']), entry(['m1'], { sourceId: 'src_b' }), entry(['m1'], { kind: 'webhook' })].map(digestsOf)
  expect(digests.map(({ length }) => length)).toEqual([28, 14, 14])
  expect(new Set(digests.flatMap((text) => text.match(/.{14}/g))).size).toBe(4)
})
