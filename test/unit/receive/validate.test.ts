import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/model/event.ts'
import { CALL_TYPES, findFault, isCallType, isTooDeep } from '../../../src/receive/validate.ts'

const id = { userId: 'u' }

describe('findFault', () => {
  it.each([
    ['identify', id],
    ['identify', { anonymousId: 'a' }],
    ['identify', { userId: null, anonymousId: 'a' }],
    ['identify', { userId: '', anonymousId: 'a' }],
    ['identify', { ...id, traits: null }],
    ['track', { ...id, event: 'E' }],
    ['track', { ...id, event: 'E', properties: {} }],
    ['page', id],
    ['page', { ...id, name: null, category: null }],
    ['screen', { ...id, name: 'N', category: 'C' }],
    ['group', { ...id, groupId: 'g' }],
    ['alias', { ...id, previousId: 'p' }],
  ] as const)('lets a good %s pass: %j', (type, event) => {
    expect(findFault(event, type)).toBeUndefined()
  })

  it.each([
    ['no_user_anon_id', 'track', { event: 'E' }],
    ['no_user_anon_id', 'track', { event: 'E', userId: null }],
    ['no_user_anon_id', 'track', { event: 'E', userId: '', anonymousId: '' }],
    ['no_user_anon_id', 'group', { groupId: 'g' }],
    ['id_not_string', 'track', { event: 'E', userId: 7 }],
    ['id_not_string', 'track', { event: 'E', userId: 0 }],
    ['id_not_string', 'track', { event: 'E', userId: 'u', anonymousId: {} }],
    ['id_not_string', 'group', { ...id, groupId: 7 }],
    ['id_not_string', 'alias', { ...id, previousId: ['p'] }],
    ['id_required', 'group', id],
    ['id_required', 'group', { ...id, groupId: '' }],
    ['id_required', 'group', { ...id, groupId: null }],
    ['id_required', 'alias', id],
    ['event_not_defined', 'track', id],
    ['event_not_defined', 'track', { ...id, event: null }],
    ['event_not_defined', 'track', { ...id, event: '' }],
    ['event_not_string', 'track', { ...id, event: 7 }],
    ['event_not_string', 'track', { ...id, event: {} }],
    ['properties_not_object', 'track', { ...id, event: 'E', properties: [] }],
    ['properties_not_object', 'page', { ...id, properties: 'p' }],
    ['traits_not_object', 'identify', { ...id, traits: [] }],
    ['traits_not_object', 'group', { ...id, groupId: 'g', traits: 0 }],
    ['name_not_string', 'page', { ...id, name: '' }],
    ['name_not_string', 'screen', { ...id, name: 7 }],
    ['category_not_string', 'page', { ...id, category: '' }],
    ['category_not_string', 'screen', { ...id, category: false }],
  ] as const)('names %s of a %s: %j', (code, type, event) => {
    expect(findFault(event as unknown as JsonObject, type)).toBe(code)
  })
})

describe('isCallType', () => {
  it('knows the six calls and nothing else', () => {
    expect(CALL_TYPES.every(isCallType)).toBe(true)
    expect(['delete', 'Track', '', 'constructor', '__proto__', 7, null, undefined].some(isCallType)).toBe(false)
  })
})

describe('isTooDeep', () => {
  const nest = (open: string, core: string, close: string, levels: number): object => JSON.parse(open.repeat(levels) + core + close.repeat(levels)) as object

  it.each([['arrays', '[', '', ']'], ['objects', '{"a":', '1', '}'], ['objects under __proto__', '{"__proto__":', '1', '}']])('counts levels of %s exactly', (_what, open, core, close) => {
    expect(isTooDeep(nest(open, core, close, 500), 500)).toBe(false)
    expect(isTooDeep(nest(open, core, close, 501), 500)).toBe(true)
  })

  it('looks at every branch, and no deeper than it must', () => {
    expect(isTooDeep([1, { a: [], b: [[[]]] }], 5)).toBe(false)
    expect(isTooDeep([1, { a: [], b: [[[]]] }], 4)).toBe(true)
    expect(isTooDeep(nest('[', '', ']', 100_000), 500)).toBe(true)
  })
})
