import { describe, expect, it } from 'vitest'
import { EventCarrier } from '../../../src/model/event.ts'
import type { Event } from '../../../src/model/event.ts'
import { bundledOf } from '../../../src/model/event.ts'

const carrier = (more: object): EventCarrier => new EventCarrier(JSON.stringify({ type: 'track', messageId: 'm', ...more }), 'm')

describe('a carrier', () => {
  it('says whom the browser has served, from the text or as it was told', () => {
    expect(carrier({ _metadata: { bundled: ['Webhook', 7, 'Segment.io'] } }).bundled).toEqual(['Webhook', 'Segment.io'])
    expect(new EventCarrier('{}', 'm', {}, ['Webhook']).bundled).toEqual(['Webhook'])
  })

  it.each([{}, { _metadata: null }, { _metadata: [] }, { _metadata: { bundled: 'Webhook' } }, { _metadata: { bundled: null } }])('%j serves nobody', (more) => {
    expect(carrier(more).bundled).toEqual([])
    expect(bundledOf(more as Event)).toEqual([])
  })

  it('reads its text once for both', () => {
    const given = carrier({ integrations: { All: false }, _metadata: { bundled: ['Webhook'] } })
    expect([given.integrations, given.bundled]).toEqual([{ All: false }, ['Webhook']])
  })
})
