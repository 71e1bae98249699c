import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeText, encodingOf, inflate, parseJsonObject } from '../../../src/receive/read-body.ts'

describe('encodingOf', () => {
  const zipped = gzipSync('{}')
  it.each([
    ['plain', '{}', undefined],
    ['plain', '{}', 'identity'],
    ['plain', '{}', ' '],
    ['gzip', zipped, 'gzip'],
    ['gzip', zipped, ' GZIP '],
    ['gzip', zipped, undefined],
    ['gzip', zipped, 'identity'],
    ['gzip', zipped, 'br'],
  ] as const)('is %s for %s labelled %s', (encoding, body, label) => {
    expect(encodingOf(Buffer.from(body), label)).toBe(encoding)
  })

  it.each([['{}', 'gzip', 'the body is not'], ['{}', 'br', 'send gzip'], ['', 'deflate', 'send gzip']])('refuses %j labelled %s', (body, label, why) => {
    expect(() => encodingOf(Buffer.from(body), label)).toThrow(expect.objectContaining({ code: 'encoding_unsupported', message: expect.stringContaining(why) }))
  })
})

describe('inflate', () => {
  it('unpacks up to the limit and not a byte more', async () => {
    const zipped = gzipSync('a'.repeat(1_000))
    expect((await inflate(zipped, 1_000)).toString()).toBe('a'.repeat(1_000))
    await expect(inflate(zipped, 999)).rejects.toMatchObject({ code: 'payload_too_large' })
  })

  it.each([['cut off', gzipSync('{"a":1}').subarray(0, 15)], ['damaged', Buffer.from([0x1f, 0x8b, 1, 2, 3, 4])]])('refuses gzip that is %s', async (_what, bytes) => {
    await expect(inflate(bytes, 1_000)).rejects.toMatchObject({ code: 'encoding_unsupported', message: expect.stringContaining('damaged') })
  })
})

describe('decodeText', () => {
  it('keeps every character and drops a byte order mark', () => {
    expect(decodeText(Buffer.from('\uFEFF{"é":"日本 🎉 \uFFFD"}'))).toBe('{"é":"日本 🎉 \uFFFD"}')
  })

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22], 1],
    ['a character cut short', [0x22, 0xe2, 0x82], 1],
    ['half a surrogate pair', [0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    ['an overlong form', [0xc0, 0x80], 0],
    ['a wrong byte after a real U+FFFD and an é', [0xef, 0xbf, 0xbd, 0xc3, 0xa9, 0xff], 5],
  ])('names the byte of %s', (_what, bytes, at) => {
    expect(() => decodeText(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'invalid_json', message: expect.stringContaining(`at byte ${at} `) }))
  })
})

describe('parseJsonObject', () => {
  it('keeps __proto__ as a plain key and pollutes nothing', () => {
    const parsed = parseJsonObject('{"__proto__":{"polluted":true}}')
    expect(Object.keys(parsed)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('names line, column and position of what is wrong', () => {
    expect(() => parseJsonObject('{\n  "a": oops\n}')).toThrow(expect.objectContaining({
      code: 'invalid_json',
      message: 'The body is not valid JSON: expected a value at line 2, column 8 (position 9).',
    }))
  })

  it.each([['[]', 'an array'], ['null', 'null'], ['"x"', 'a string'], ['7', 'a number'], ['true', 'a boolean']])('refuses %s, which is %s', (text, kind) => {
    expect(() => parseJsonObject(text)).toThrow(expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(kind) }))
  })
})
