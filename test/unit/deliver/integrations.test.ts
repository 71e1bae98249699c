import { describe, expect, it } from 'vitest'
import { wantsDestination } from '../../../src/deliver/integrations.ts'

describe('wantsDestination', () => {
  it.each([
    [undefined, true],
    [{}, true],
    [{ All: true }, true],
    [{ All: false }, false],
    [{ All: false, Webhook: true }, true],
    [{ All: false, Webhook: { option: 1 } }, true],
    [{ All: true, Webhook: false }, false],
    [{ Webhook: false }, false],
    [{ webhook: false }, true],
    [{ All: false, webhook: true }, false],
  ])('%j lets an event through to Webhook: %s', (integrations, wanted) => {
    expect(wantsDestination(integrations, 'Webhook')).toBe(wanted)
  })

  it('is not fooled by names that every object has', () => {
    expect(wantsDestination({}, 'constructor')).toBe(true)
    expect(wantsDestination({ All: false }, 'toString')).toBe(false)
  })
})
