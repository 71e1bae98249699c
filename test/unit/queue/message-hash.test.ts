import { describe, expect, test } from 'vitest'
import { MessageHash, sourceSeed } from '../../../src/queue/sqlite/message-hash.ts'
import type { HashSeed } from '../../../src/queue/sqlite/message-hash.ts'

const SECRET = new Uint8Array(16).fill(7)

function hashOf(text: string, seed: HashSeed = [1, 2, 3, 4], before = ''): string {
  const hash = new MessageHash()
  const bytes = Buffer.from(`${before}${text}and more`)
  hash.of(bytes, before.length, before.length + Buffer.byteLength(text), seed)
  return [hash.a, hash.b, hash.c, hash.d].map((word) => word.toString(16).padStart(8, '0')).join('')
}

describe('the hash of a message id', () => {
  test('depends on nothing but its bytes and the seed', () => {
    for (const before of ['', 'x', 'xy', 'xyz', 'a longer neighbour']) expect(hashOf('message-1', [1, 2, 3, 4], before)).toBe(hashOf('message-1'))
    expect(hashOf('message-1', [1, 2, 3, 5])).not.toBe(hashOf('message-1'))
  })

  test('differs for ids that differ in one byte, at any length and place', () => {
    const seen = new Set<string>()
    let made = 0
    for (let length = 0; length <= 40; length++) {
      seen.add(hashOf('a'.repeat(length)))
      made++
      for (let at = 0; at < length; at++) {
        seen.add(hashOf(`${'a'.repeat(at)}b${'a'.repeat(length - at - 1)}`))
        made++
      }
    }
    expect(seen.size).toBe(made)
  })

  test('spreads ids that count up evenly over every word', () => {
    for (let word = 0; word < 4; word++) {
      const buckets = new Array<number>(16).fill(0)
      for (let index = 0; index < 16_000; index++) buckets[parseInt(hashOf(`order-${index}`).slice(word * 8, word * 8 + 1), 16)]!++
      expect(Math.min(...buckets)).toBeGreaterThan(850)
      expect(Math.max(...buckets)).toBeLessThan(1_150)
    }
  })

  test('is seeded by the source, the kind and the secret of the file', () => {
    const seeds = [
      sourceSeed(SECRET, 'events', 'src_a'), sourceSeed(SECRET, 'events', 'src_b'), sourceSeed(SECRET, 'webhook', 'src_a'),
      sourceSeed(new Uint8Array(16), 'events', 'src_a'),
    ]
    expect(new Set(seeds.map((seed) => hashOf('m1', seed))).size).toBe(4)
    expect(sourceSeed(SECRET, 'events', 'src_a')).toEqual(seeds[0])
  })
})
