import { describe, expect, it } from 'vitest'
import { EMPTY_SNAPSHOT } from '../../../src/model/snapshot.ts'
import type { Snapshot, SourcePlan } from '../../../src/model/snapshot.ts'
import type { Source } from '../../../src/model/workspace.ts'
import { findSource, writeKeyOfHeader } from '../../../src/receive/authenticate.ts'
import type { KeyPlaces } from '../../../src/receive/authenticate.ts'
import type { Json } from '../../../src/model/event.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('writeKeyOfHeader', () => {
  it.each([
    ['with a colon', basic('key1:'), 'key1'],
    ['without a colon', basic('key1'), 'key1'],
    ['with a password', basic('key1:secret:more'), 'key1'],
    ['unpadded', basic('key1:').replaceAll('=', ''), 'key1'],
    ['in URL-safe base64', `Basic ${Buffer.from('kéÿ??>>:').toString('base64url')}`, 'kéÿ??>>'],
    ['under another spelling of Basic', basic('key1:').replace('Basic', 'BASIC'), 'key1'],
    ['after several spaces', basic('key1:').replace(' ', '   '), 'key1'],
    ['of another scheme', 'Bearer key1', undefined],
    ['without credentials', 'Basic ', undefined],
    ['with an empty user', basic(':secret'), undefined],
    ['that is not there', undefined, undefined],
  ])('reads a header %s', (_what, header, key) => {
    expect(writeKeyOfHeader(header)).toBe(key)
  })
})

const basicOf = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`
const placesOf = (header: string | undefined, body: Json | undefined): KeyPlaces => ({ authorization: header && basicOf(header), body: body === undefined ? {} : { writeKey: body } })

describe('findSource', () => {
  const plan = (id: string, enabled: boolean): SourcePlan => ({ source: { id, enabled } as Source, connections: [] })
  const snapshot: Snapshot = {
    ...EMPTY_SNAPSHOT,
    version: 1,
    sources: new Map([['src_1', plan('src_1', true)], ['src_2', plan('src_2', false)]]),
    sourceIdByWriteKey: new Map([['key1', 'src_1'], ['other1', 'src_1'], ['key2', 'src_2'], ['key3', 'src_gone']]),
  }
  const refused = (code: string, sourceId = '') => ({ ok: false, code, sourceId })

  it.each([
    ['the header\'s key', 'key1', undefined],
    ['the body\'s key', undefined, 'key1'],
    ['any of the source\'s keys', undefined, 'other1'],
    ['the header\'s key although the body has another', 'key1', 'nobody'],
  ])('finds the source by %s', (_what, header, body) => {
    expect(findSource(snapshot, placesOf(header, body))).toEqual({ ok: true, plan: snapshot.sources.get('src_1') })
  })

  it.each([
    ['no key', undefined, undefined, refused('unknown_source')],
    ['an unknown key', undefined, 'nobody', refused('unknown_source')],
    ['an unknown key in the header over a known one in the body', 'nobody', 'key1', refused('unknown_source')],
    ['a key that is no string', undefined, 7, refused('unknown_source')],
    ['a key named as what every object has', undefined, 'constructor', refused('unknown_source')],
    ['a key of a source that is gone', undefined, 'key3', refused('unknown_source')],
    ['a key of a disabled source', 'key2', undefined, refused('source_disabled', 'src_2')],
  ])('refuses %s', (_what, header, body, answer) => {
    expect(findSource(snapshot, placesOf(header, body))).toEqual(answer)
  })

  it.each([
    ['X-Write-Key before the body, whose key Jitsu masks', { writeKeyHeader: 'key1:secret', body: { writeKey: 'key1:***' } }],
    ['X-Write-Key without a secret', { writeKeyHeader: 'key1' }],
    ['?writeKey=, where there is no other', { body: {}, query: { writeKey: 'key1' } }],
    ['Basic before X-Write-Key', { authorization: basicOf('key1'), writeKeyHeader: 'nobody' }],
  ])('takes %s', (_what, places) => {
    expect(findSource(snapshot, places)).toMatchObject({ ok: true })
  })
})
