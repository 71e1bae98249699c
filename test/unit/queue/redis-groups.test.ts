import { expect, test } from 'vitest'
import { limits, type Limits } from '../../../src/base/limits.ts'
import { Groups } from '../../../src/queue/redis-groups.ts'

/** Groups whose calls end when told to. */
function startGroups(more: Partial<Limits> = {}) {
  const calls: { items: string[], answer: () => void, fail: (error: Error) => void }[] = []
  const groups = new Groups<string, string>({ ...limits, ...more }, (_partition, items) => new Promise((resolve, reject) => {
    calls.push({ items, answer: () => resolve(items.map((item) => item.toUpperCase())), fail: reject })
  }))
  return { calls, add: (item: string, bytes = 1) => groups.add(0, item, { bytes, events: 1 }), groups }
}

const turn = () => new Promise(setImmediate)

test('what comes together, and what comes during calls, shares a call, in order', async () => {
  const { calls, add } = startGroups({ redisGroupsInFlightMax: 1 })
  const first = Promise.all([add('a'), add('b')])
  await turn()
  const second = Promise.all([add('c'), add('d'), add('e')])
  await turn()
  expect(calls.map(({ items }) => items)).toEqual([['a', 'b']])
  calls[0]!.answer()
  expect(await first).toEqual(['A', 'B'])
  await turn()
  expect(calls.map(({ items }) => items)).toEqual([['a', 'b'], ['c', 'd', 'e']])
  calls[1]!.answer()
  expect(await second).toEqual(['C', 'D', 'E'])
})

test('a group stays below its bytes, but an item that is larger goes alone', async () => {
  const { calls, add } = startGroups({ redisGroupBytesMax: 10, redisGroupsInFlightMax: 9 })
  void add('a', 6)
  void add('b', 6)
  void add('c', 4)
  void add('d', 50)
  await turn()
  expect(calls.map(({ items }) => items)).toEqual([['a'], ['b', 'c'], ['d']])
})

test('a call that fails fails its own items only', async () => {
  const { calls, add } = startGroups({ redisGroupsInFlightMax: 2 })
  const failing = add('a')
  await turn()
  const fine = add('b')
  await turn()
  calls[0]!.fail(new Error('gone'))
  calls[1]!.answer()
  await expect(failing).rejects.toThrow('gone')
  expect(await fine).toBe('B')
})

test('what waits is bounded, and what comes on top is refused', async () => {
  const { calls, add, groups } = startGroups({ redisWaitingBytesMax: 10 })
  const waiting = add('a', 8)
  expect(() => add('b', 8)).toThrow(expect.objectContaining({ code: 'queue_unavailable' }))
  await turn()
  calls[0]!.answer()
  await waiting
  const later = add('c', 8)
  await turn()
  calls[1]!.answer()
  expect(await later).toBe('C')
  await groups.idle()
})
