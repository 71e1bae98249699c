import { describe, expect, it } from 'vitest'
import { Refusals } from '../../../src/receive/refusals.ts'

describe('Refusals', () => {
  it('counts by source and code', () => {
    const refusals = new Refusals()
    refusals.add('src_1', 'bad_event')
    refusals.add('src_1', 'bad_event', 4)
    refusals.add('src_2', 'bad_event')
    refusals.add('', 'unknown_source', 20)
    expect(refusals.list()).toEqual([
      { sourceId: 'src_1', code: 'bad_event', count: 5 },
      { sourceId: 'src_2', code: 'bad_event', count: 1 },
      { sourceId: '', code: 'unknown_source', count: 20 },
    ])
  })

  it('stays small and exact in sum when there are too many sources', () => {
    const refusals = new Refusals(3)
    for (let source = 0; source < 1_000; source++) refusals.add(`src_${source}`, 'bad_event')
    expect(refusals.list()).toHaveLength(4)
    expect(refusals.list().reduce((sum, row) => sum + row.count, 0)).toBe(1_000)
  })
})
