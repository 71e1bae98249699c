import { expect, test } from 'vitest'
import { catcher } from '../../../src/destinations/catcher.ts'
import type { DestinationContext } from '../../../src/destinations/destination.ts'
import { EventCarrier } from '../../../src/model/event.ts'

const events = ['a', 'b'].map((id) => new EventCarrier(`{"messageId":"${id}"}`, id))

function contextWith(caught: DestinationContext['caught']): DestinationContext {
  return { send: () => Promise.reject(new Error('the catcher sends nothing')), now: () => 0, destinationId: 'dst_7', caught }
}

test('hands its events over under its own id, and they count as delivered', async () => {
  const kept: unknown[] = []
  const outcomes = await catcher.deliver(events, {}, contextWith(async (destinationId, given) => { kept.push([destinationId, given]) }))
  expect(outcomes).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])
  expect(kept).toEqual([['dst_7', events]])
})

test('asks for another try when they cannot be kept', async () => {
  const outcomes = await catcher.deliver(events, {}, contextWith(() => Promise.reject(new Error('disk full'))))
  expect(outcomes).toMatchObject([{ kind: 'retry', code: 'internal', message: 'disk full' }, { kind: 'retry' }])
})
