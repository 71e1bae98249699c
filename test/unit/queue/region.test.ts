import { describe, expect, test } from 'vitest'
import { EventCarrier } from '../../../src/model/event.ts'
import { ChunkPool, idsOf, joinRegions, Packer, pickFromRegion, regionStrings, textsOf } from '../../../src/queue/sqlite/region.ts'

const STRINGS = ['', 'plain', 'ümläut', '🦊 and 漢字', 'x'.repeat(3_000_000), '"quoted"\n']

describe('a packed list of events', () => {
  test('comes back letter by letter, whatever the letters', () => {
    const packer = new Packer(new ChunkPool())
    const events = STRINGS.map((text, index) => new EventCarrier(text, `${index} ${text.slice(0, 20)}`))
    const lists = [events.slice(0, 2), [], events, events.slice(2, 4)].map((list) => ({ list, packed: packer.packEvents(list) }))
    for (const { list, packed } of lists) {
      expect(regionStrings(idsOf(packer.chunks, packed), packed.count)).toEqual(list.map(({ messageId }) => messageId))
      expect(regionStrings(textsOf(packer.chunks, packed), packed.count)).toEqual(list.map(({ text }) => text))
    }
    expect(packer.chunks.length).toBeGreaterThan(1)
  })

  test('may hold ids alone', () => {
    const packer = new Packer(new ChunkPool())
    packer.packIds(['first'])
    const packed = packer.packIds(['a', 'ö', ''])
    expect(packed.textsBytes).toBe(0)
    expect(regionStrings(idsOf(packer.chunks, packed), 3)).toEqual(['a', 'ö', ''])
  })

  test('can be taken apart and put together without decoding it', () => {
    const packer = new Packer(new ChunkPool())
    const packed = packer.packIds(['a', 'bé', 'c', 'd'])
    const region = idsOf(packer.chunks, packed)
    const some = pickFromRegion(region, 4, [1, 3])
    expect(regionStrings(some, 2)).toEqual(['bé', 'd'])
    const joined = joinRegions([{ region: some, count: 2 }, { region, count: 4 }, { region: pickFromRegion(region, 4, []), count: 0 }])
    expect(regionStrings(joined, 6)).toEqual(['bé', 'd', 'a', 'bé', 'c', 'd'])
  })

  test('reuses chunks that come back', () => {
    const pool = new ChunkPool()
    const first = new Packer(pool)
    first.packIds(['a'])
    pool.give(first.chunks)
    const second = new Packer(pool)
    second.packIds(['b'])
    expect(second.chunks[0]).toBe(first.chunks[0])
  })
})
