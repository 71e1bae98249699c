import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MessageHash } from '../../../src/queue/sqlite/message-hash.ts'
import { openFile } from '../../../src/queue/sqlite/schema.ts'
import { SeenIds } from '../../../src/queue/sqlite/seen.ts'
import type { SeenSizes } from '../../../src/queue/sqlite/seen.ts'
import { seededRandom } from '../../support/seeded-random.ts'

/** 2,048 ids a generation, so that a small test has many. */
const SMALL: SeenSizes = { slotBits: 12, filterBits: 16 }
const WINDOW_MS = 100_000

let folder: string
let db: DatabaseSync
let seen: SeenIds
const hash = new MessageHash()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-seen-'))
  open(SMALL)
})

afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

function open(sizes: SeenSizes, now = 0): void {
  db = openFile(join(folder, 'seen.db'))
  db.exec('BEGIN')
  seen = new SeenIds(db, WINDOW_MS, sizes)
  seen.load(now)
  db.exec('COMMIT')
}

function reopen(sizes: SeenSizes, now: number): void {
  db.close()
  open(sizes, now)
}

/** One transaction; returns which of the ids were new. */
function take(ids: readonly (string | number)[], now: number, commit = true): boolean[] {
  const effects: (() => void)[] = []
  seen.begin(now)
  db.exec('BEGIN')
  const answers = ids.map((id) => {
    const bytes = Buffer.from(String(id))
    hash.of(bytes, 0, bytes.length, [1, 2, 3, 4])
    return seen.add(hash)
  })
  seen.write()
  seen.step((effect) => effects.push(effect))
  db.exec(commit ? 'COMMIT' : 'ROLLBACK')
  if (!commit) {
    seen.rolledBack()
    return answers
  }
  seen.committed()
  for (const effect of effects) effect()
  return answers
}

function takeAll(from: number, to: number, now: number): number {
  let fresh = 0
  for (let start = from; start < to; start += 500) {
    const ids = Array.from({ length: Math.min(500, to - start) }, (_, index) => start + index)
    fresh += take(ids, now).filter(Boolean).length
  }
  return fresh
}

function rowsOf(table: string): number {
  return (db.prepare(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number }).rows
}

describe('the seen ids', () => {
  test('are new once, also inside one transaction', () => {
    expect(take(['a', 'b', 'a'], 1_000)).toEqual([true, true, false])
    expect(take(['b', 'c'], 2_000)).toEqual([false, true])
  })

  test('are new again after the window, and remembered from then on', () => {
    take(['a'], 10_000)
    expect(take(['a'], 10_000 + WINDOW_MS)).toEqual([false])
    expect(take(['a'], 11_000 + WINDOW_MS)).toEqual([true])
    expect(take(['a'], 11_000 + 2 * WINDOW_MS)).toEqual([false])
    reopen(SMALL, 11_000 + 2 * WINDOW_MS)
    expect(take(['a'], 11_000 + 2 * WINDOW_MS)).toEqual([false])
  })

  test('of a transaction that failed are forgotten', () => {
    take(['a'], 1_000)
    expect(take(['a', 'b', 'c'], 2_000 + WINDOW_MS, false)).toEqual([true, true, true])
    expect(take(['a'], WINDOW_MS)).toEqual([false])
    expect(take(['b', 'c'], WINDOW_MS)).toEqual([true, true])
  })

  test('are remembered over many generations, with fewer columns than generations, and over a restart', { timeout: 120_000 }, () => {
    expect(takeAll(0, 88_000, 1_000)).toBe(88_000)
    expect(rowsOf('seen_runs')).toBeGreaterThan(32)
    expect(takeAll(0, 88_000, 2_000)).toBe(0)
    reopen(SMALL, 3_000)
    // Before the filters are read back, and after.
    expect(takeAll(0, 88_000, 3_000)).toBe(0)
    expect(takeAll(88_000, 96_000, 3_000)).toBe(8_000)
    expect(takeAll(0, 96_000, 3_000)).toBe(0)
  })

  test('leave the file after the window, generation by generation', { timeout: 120_000 }, () => {
    takeAll(0, 10_000, 1_000)
    for (let step = 0; step < 1_000; step++) take([`tick ${step}`], 1_000)
    expect(rowsOf('seen_runs')).toBeGreaterThan(3)
    const later = 200_000 + WINDOW_MS
    for (let step = 0; step < 1_000; step++) take([`tock ${step}`], later)
    expect(rowsOf('seen_runs')).toBe(0)
    expect(rowsOf('seen_buckets')).toBe(0)
    expect(rowsOf('seen_recent')).toBe(1_000)
    expect(takeAll(0, 10_000, later)).toBe(10_000)
  })

  test('agree with a simple model, over failures, restarts and time', { timeout: 120_000 }, () => {
    const random = seededRandom(20_260_101)
    const model = new Map<number, number>()
    let now = 1_000_000
    for (let step = 0; step < 1_500; step++) {
      const ids = Array.from({ length: random.between(1, 60) }, () => random.between(0, 30_000))
      const commit = random.next() > 0.1
      const changes = new Map<number, number>()
      const expected = ids.map((id) => {
        const at = changes.get(id) ?? model.get(id)
        if (at !== undefined && Math.floor(now / 1000) - at <= WINDOW_MS / 1000) return false
        changes.set(id, Math.floor(now / 1000))
        return true
      })
      expect(take(ids, now, commit)).toEqual(expected)
      if (commit) for (const [id, at] of changes) model.set(id, at)
      now += random.between(0, 600)
      if (random.next() < 0.01) reopen(SMALL, now)
    }
    expect(rowsOf('seen_runs')).toBeGreaterThan(0)
  })

  test('are exact at two million, before and after a restart', { timeout: 120_000 }, () => {
    const full: SeenSizes = { slotBits: 20, filterBits: 23 }
    reopen(full, 1_000)
    const count = 2_000_000
    let fresh = 0
    for (let start = 0; start < count; start += 2_000) fresh += take(Array.from({ length: 2_000 }, (_, index) => start + index), 1_000).filter(Boolean).length
    expect(fresh).toBe(count)
    reopen(full, 2_000)
    const sample = Array.from({ length: 20_000 }, (_, index) => index * 100 + (index % 97))
    expect(take(sample, 2_000).filter(Boolean)).toEqual([])
  })
})
