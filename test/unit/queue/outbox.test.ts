import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../src/base/errors.ts'
import { Outbox } from '../../../src/queue/sqlite/outbox.ts'
import { packEntry } from '../../../src/queue/sqlite/pack-settlement.ts'
import type { Group } from '../../../src/queue/sqlite/protocol.ts'
import { entry } from '../../support/queue-material.ts'

interface Trial {
  outbox: Outbox
  posted: Group[]
  send(id: string, events?: number): Promise<unknown>
  answer(group: Group): void
}

function startTrial(eventsMax = 100): Trial {
  const posted: Group[] = []
  const outbox = new Outbox({ eventsMax, now: () => 5, post: (group) => posted.push(group) })
  return {
    outbox,
    posted,
    send: (id, events = 1) => new Promise((resolve, reject) => {
      outbox.add((packer) => packEntry(entry([id]), packer), events, { done: resolve, fail: reject })
    }),
    answer: (group) => outbox.answered(group.seq, group.items.map((_, entryId) => ({ entryId })), group.chunks),
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe('group commit', () => {
  test('sends what came in one turn as one group, without waiting for more', async () => {
    const { posted, send } = startTrial()
    for (let index = 0; index < 20; index++) void send(`m${index}`)
    expect(posted).toHaveLength(0)
    await turn()
    expect(posted.map(({ items }) => items.length)).toEqual([20])
  })

  test('gathers while two groups are under way, and sends the rest when one is answered', async () => {
    const { posted, send, answer } = startTrial()
    for (let index = 0; index < 5; index++) {
      void send(`m${index}`)
      await turn()
    }
    expect(posted.map(({ items }) => items.length)).toEqual([1, 1])
    answer(posted[0]!)
    expect(posted.map(({ items }) => items.length)).toEqual([1, 1, 3])
  })

  test('closes a group that has enough events', async () => {
    const { posted, send, answer } = startTrial(10)
    for (let index = 0; index < 7; index++) void send(`m${index}`, 4)
    await turn()
    expect(posted.map(({ items }) => items.length)).toEqual([3, 3])
    answer(posted[0]!)
    expect(posted[2]?.items).toHaveLength(1)
  })

  test('answers each caller with its own answer, and knows when it is idle', async () => {
    const { outbox, posted, send, answer } = startTrial()
    const answers = [send('m0'), send('m1')]
    expect(outbox.idle).toBe(false)
    expect(outbox.bytes).toBeGreaterThan(0)
    await turn()
    answer(posted[0]!)
    expect(await Promise.all(answers)).toEqual([{ entryId: 0 }, { entryId: 1 }])
    expect(outbox.idle).toBe(true)
    expect(outbox.bytes).toBe(0)
  })

  test('refuses everybody when the writer is gone, sent or not, and starts afresh', async () => {
    const { outbox, posted, send, answer } = startTrial()
    const sent = send('m0')
    await turn()
    const gathered = send('m1')
    const error = new SluiceError('queue_unavailable')
    outbox.failAll(error)
    await expect(sent).rejects.toBe(error)
    await expect(gathered).rejects.toBe(error)
    await turn()
    expect(posted).toHaveLength(1)
    const later = send('m2')
    await turn()
    answer(posted[0]!)
    answer(posted[1]!)
    expect(await later).toEqual({ entryId: 0 })
  })
})
