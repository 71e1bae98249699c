import { expect, test } from 'vitest'
import { parseSettings } from '../../../src/destinations/parse-settings.ts'
import { webhook } from '../../../src/destinations/webhook.ts'
import { catcher } from '../../../src/destinations/catcher.ts'

test('defaults are filled in', () => {
  expect(parseSettings(webhook, { url: 'https://example.com/a' })).toEqual({
    url: 'https://example.com/a', method: 'POST', headers: {}, sharedSecret: '', batch: false, batchSize: 100, timeoutMs: 10_000,
  })
})

test('a refusal names every wrong field at once, and what an unknown one was probably meant to be', () => {
  expect(() => parseSettings(webhook, { metod: 'PUT', batchSize: '7', headers: { 'X-A': 1 } })).toThrow(
    'The settings of "webhook" do not fit: url: is required; headers.X-A: Invalid input: expected string, received number; '
    + 'batchSize: Invalid input: expected number, received string; metod: is not a setting here; did you mean "method"?.',
  )
  expect(() => parseSettings(catcher, { url: 1 })).toThrow('url: is not a setting here; it has none')
})
