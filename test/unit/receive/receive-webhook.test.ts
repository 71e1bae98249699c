import { describe, expect, it } from 'vitest'
import { forwardedHeaders, isSameSecret } from '../../../src/receive/receive-webhook.ts'

describe('forwardedHeaders', () => {
  it('lowers names, joins repeats, and keeps what signature checks need', () => {
    const raw = ['Host', 'h', 'X-Signature', 'abc', 'X-Tag', '1', 'x-tag', '2', 'Cookie', 'a=1', 'Cookie', 'b=2', 'Authorization', 'Basic x', 'Content-Length', '7']
    expect(forwardedHeaders(raw, false)).toEqual({
      'host': 'h', 'x-signature': 'abc', 'x-tag': '1, 2', 'cookie': 'a=1; b=2', 'authorization': 'Basic x', 'content-length': '7',
    })
  })

  it('leaves out what belongs to the connection, also what the connection names', () => {
    expect(forwardedHeaders(['Connection', 'keep-alive, X-Hop', 'Keep-Alive', '5', 'X-Hop', '1', 'TE', 'trailers', 'X-Kept', '1'], false)).toEqual({ 'x-kept': '1' })
  })

  it('leaves out the encoding and length of a body that was unpacked', () => {
    expect(forwardedHeaders(['Content-Encoding', 'gzip', 'Content-Length', '9', 'Content-Type', 'application/json'], true)).toEqual({ 'content-type': 'application/json' })
  })

  it('takes a header named __proto__ as data', () => {
    expect(Object.keys(forwardedHeaders(['__proto__', 'x'], false))).toEqual(['__proto__'])
  })
})

describe('isSameSecret', () => {
  it.each([['abc', 'abc', true], ['abc', 'abd', false], ['abc', 'abcd', false], ['', 'abc', false], ['日', '日', true]])('%j against %j: %s', (given, expected, same) => {
    expect(isSameSecret(given, expected)).toBe(same)
  })
})
