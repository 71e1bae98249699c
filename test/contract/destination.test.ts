import { expect, test } from 'vitest'
import { DESTINATIONS, destinationCatalog, findDestination } from '../../src/destinations/registry.ts'
import { describeDestination } from './destination.suite.ts'
import type { DestinationExample } from './destination.suite.ts'

const EXAMPLES: Record<string, DestinationExample> = {
  webhook: {
    http: true,
    settings: (url) => ({ url: `${url}/hook`, sharedSecret: 'shared-secret', headers: { Authorization: 'Bearer a-token' } }),
    wrong: [
      [{}, 'url'], [{ url: 'ftp://a' }, 'url'], [{ url: 'no' }, 'url'], [{ url: 1 }, 'url'], [{ url: 'http://a', method: 'GET' }, 'method'], [{ url: 'http://a', batchSize: 0 }, 'batchSize'],
      [{ url: 'http://a', batchSize: 4_001 }, 'batchSize'], [{ url: 'http://a', batchSize: 1.5 }, 'batchSize'], [{ url: 'http://a', timeoutMs: 1 }, 'timeoutMs'], [{ url: 'http://a', batch: 'yes' }, 'batch'],
      [{ url: 'http://a', headers: { 'a b': 'c' } }, 'headers.a b'], [{ url: 'http://a', headers: { Host: 'c' } }, 'headers.Host'], [{ url: 'http://a', headers: { a: 'x\r\ny' } }, 'headers.a'],
      [{ url: 'http://a', headers: { a: '1', A: '2' } }, 'headers.A'], [{ url: 'http://a', headers: ['a'] }, 'headers'], [{ url: 'http://a', sharedSecret: null }, 'sharedSecret'],
    ],
  },
  segment: {
    http: true,
    settings: (url) => ({ writeKey: 'write-key', endpoint: `${url}/v1/` }),
    wrong: [[{}, 'writeKey'], [{ writeKey: '' }, 'writeKey'], [{ writeKey: 'a:b' }, 'writeKey'], [{ writeKey: 'a', endpoint: 'api.segment.io' }, 'endpoint']],
  },
  catcher: { http: false, settings: () => ({}), wrong: [[{ url: 'http://a' }, 'url']] },
}

for (const definition of DESTINATIONS) {
  const example = EXAMPLES[definition.slug]
  if (example === undefined) test(`the destination "${definition.slug}" has an example here`, () => expect.fail('add one to EXAMPLES'))
  else describeDestination(definition, example)
}

test('slugs and titles are unique, and a destination is found by its slug', () => {
  expect(new Set(DESTINATIONS.map((definition) => definition.slug)).size).toBe(DESTINATIONS.length)
  expect(new Set(DESTINATIONS.map((definition) => definition.title)).size).toBe(DESTINATIONS.length)
  for (const definition of DESTINATIONS) expect(findDestination(definition.slug)).toBe(definition)
  expect(findDestination('constructor')).toBeUndefined()
})

test('the catalog describes every setting of every destination as JSON Schema that refuses unknown keys', () => {
  const catalog = destinationCatalog()
  expect(catalog.map((entry) => entry.slug)).toEqual(DESTINATIONS.map((definition) => definition.slug))
  for (const { settings } of catalog) expect(settings).toMatchObject({ type: 'object', additionalProperties: false })
  const webhook = catalog.find((entry) => entry.slug === 'webhook')!
  expect(webhook.settings).toMatchObject({ required: ['url'], properties: { method: { enum: ['POST', 'PUT', 'PATCH'], default: 'POST' } } })
  expect(webhook.sensitive).toEqual(['sharedSecret', 'headers'])
  expect(JSON.parse(JSON.stringify(catalog))).toEqual(catalog)
})
