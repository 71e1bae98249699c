import { describe, expect, test } from 'vitest'
import { Handover } from '../../../src/queue/sqlite/handover.ts'
import { entry } from '../../support/queue-material.ts'

const kept = (id: number) => ({ entry: { ...entry([`m${id}`]), id }, bytes: 10 })

function handoverOf(bytesMax: number, ids: readonly number[]): Handover {
  const handover = new Handover(bytesMax)
  for (const id of ids) handover.add(kept(id).entry, 10)
  return handover
}

const taken = (handover: Handover, eventsMax = 100, until = 1_000): number[] => handover.take(eventsMax, until).map(({ id }) => id)

describe('the hand-over', () => {
  test('keeps what fits in memory and notes the rest as one gap', () => {
    const handover = handoverOf(30, [1, 2, 3, 4, 5, 9])
    expect(taken(handover)).toEqual([1, 2, 3])
    expect(handover.gap).toEqual({ from: 4, to: 9 })
    expect(taken(handover)).toEqual([])
  })

  test('keeps the order when younger entries fit in memory again', () => {
    const handover = handoverOf(20, [1, 2, 3])
    expect(taken(handover)).toEqual([1, 2])
    handover.add(kept(4).entry, 10)
    expect(taken(handover)).toEqual([])
    handover.fill(handover.gap!, 3, [kept(3)])
    expect(taken(handover)).toEqual([3, 4])
  })

  test('fills a gap piece by piece, also when it grew meanwhile', () => {
    const handover = handoverOf(10, [1, 2, 3, 4])
    taken(handover)
    const gap = handover.gap!
    handover.fill(gap, 3, [kept(2), kept(3)])
    expect(taken(handover)).toEqual([2, 3])
    expect(handover.gap).toEqual({ from: 4, to: 4 })
  })

  test('does not hand out again what is claimed when the file is read back', () => {
    const handover = handoverOf(100, [1, 2])
    taken(handover, 1)
    handover.reset(2)
    handover.fill(handover.gap!, 2, [kept(1), kept(2)])
    expect(taken(handover)).toEqual([2])
  })

  test('puts what lapsed back to the front, oldest first, and nothing that was settled', () => {
    const handover = handoverOf(100, [1, 2, 3, 4, 5])
    handover.take(4, 1_000)
    handover.settled([2])
    handover.lapse(999)
    expect(handover.gap).toBeUndefined()
    handover.lapse(1_000)
    const read: number[] = []
    for (let gap = handover.gap; gap; gap = handover.gap) {
      read.push(gap.from)
      handover.fill(gap, gap.to, [])
    }
    expect(read).toEqual([1, 3, 4])
    expect(taken(handover)).toEqual([5])
  })

  test('stays in order over thousands of entries', () => {
    const handover = new Handover(1_000_000)
    const all: number[] = []
    for (let id = 1; id <= 5_000; id++) {
      handover.add(kept(id).entry, 10)
      if (id % 3 === 0) all.push(...taken(handover, 2))
    }
    all.push(...taken(handover, 10_000))
    expect(all).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1))
  })

  test('wakes everybody who waits, once', () => {
    const handover = new Handover(100)
    let woken = 0
    handover.onWake(() => woken++)
    const forget = handover.onWake(() => woken++)
    forget()
    handover.add(kept(1).entry, 10)
    handover.add(kept(2).entry, 10)
    expect(woken).toBe(1)
  })
})
