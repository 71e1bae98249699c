import { describe, expect, it } from 'vitest'
import { deliverEvents } from '../../../src/deliver/deliver.ts'
import { EventCarrier } from '../../../src/model/event.ts'
import type { FunctionRuntime } from '../../../src/isolate/runtime.ts'
import type { Connection } from '../../../src/model/snapshot.ts'

const CONNECTION: Connection = {
  destinationId: 'dst_1', sourceId: 'src_1', workspaceId: 'ws_1', integrationName: 'Event Catcher',
  target: { kind: 'builtin', slug: 'catcher', settings: {} }, retry: { windowMs: 0, baseMs: 0, capMs: 0 },
}

function setUp() {
  const caught: string[] = []
  const deps = {
    runtime: { run: () => Promise.reject(new Error('no function is part of this')) } as unknown as FunctionRuntime,
    destinationContext: (destinationId: string) => ({
      destinationId, now: () => 0, send: () => Promise.reject(new Error('nothing is sent')),
      caught: async (_id: string, events: readonly EventCarrier[]) => void caught.push(...events.map((event) => event.messageId)),
    }),
  }
  return { caught, deps }
}

const event = (messageId: string, more: object = {}): EventCarrier => new EventCarrier(JSON.stringify({ type: 'track', messageId, event: 'E', userId: 'u', ...more }), messageId)

describe('deliverEvents', () => {
  it('leaves out what the browser has delivered itself, with a reason of its own', async () => {
    const { caught, deps } = setUp()
    const outcomes = await deliverEvents(CONNECTION, [
      event('a', { _metadata: { bundled: ['Event Catcher', 'Segment.io'] } }),
      event('b', { _metadata: { bundled: ['Segment.io'], unbundled: ['Event Catcher'] } }),
      event('c', { integrations: { 'Event Catcher': false }, _metadata: { bundled: ['Event Catcher'] } }),
      event('d'),
    ], deps)
    expect(outcomes).toEqual([
      { kind: 'filtered', code: 'message_sent_client_side' }, { kind: 'delivered' },
      { kind: 'filtered', code: 'filtered_by_integrations_object' }, { kind: 'delivered' },
    ])
    expect(caught).toEqual(['b', 'd'])
  })
})
