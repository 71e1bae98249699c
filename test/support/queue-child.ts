/**
 * A process of its own that uses a SQLite queue until it is killed: `node queue-child.ts load|disk FILE`. It prints one line for each thing
 * that was acknowledged, before it goes on.
 *
 * load: appends and settles without pause; `a ID...` for an append, `s ID...` for the message ids of a settled entry.
 * disk: appends entries of 100 KB one after another; `a ID`, or `refused CODE` when it was not taken; ends at the end of its input.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/base/clock.ts'
import { SluiceError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { EventCarrier } from '../../src/model/event.ts'
import { openSqliteQueue } from '../../src/queue/sqlite.ts'
import { entry, idsOf, settlement } from './queue-material.ts'

const [mode, file] = process.argv.slice(2) as ['load' | 'disk', string]
const queue = await openSqliteQueue({ file, clock: systemClock, log: silentLog })
const say = (line: string): void => void writeSync(1, `${line}\n`)
let made = 0

async function appendForever(): Promise<never> {
  for (;;) {
    const ids = Array.from({ length: 5 }, () => `m${made++}`)
    await queue.append(entry(ids))
    say(`a ${ids.join(' ')}`)
  }
}

async function settleForever(): Promise<never> {
  for (;;) {
    // Slower than the appends, so that there is a backlog to lose.
    for (const { id, events } of await queue.claim({ eventsMax: 5, leaseMs: 60_000, waitMs: 1_000 })) {
      await queue.settle(settlement({ entryIds: [id] }))
      say(`s ${idsOf(events).join(' ')}`)
    }
    await systemClock.sleep(5)
  }
}

async function fillDisk(): Promise<void> {
  const ended = new AbortController()
  process.stdin.on('end', () => ended.abort()).resume()
  while (!ended.signal.aborted) {
    const messageId = `m${made++}`
    try {
      await queue.append({ ...entry([]), events: [new EventCarrier(JSON.stringify({ messageId, filler: 'x'.repeat(100_000) }), messageId)] })
      say(`a ${messageId}`)
    } catch (error) {
      say(`refused ${error instanceof SluiceError ? error.code : String(error)}`)
    }
    await systemClock.sleep(5)
  }
  await queue.close()
}

if (mode === 'load') await Promise.all([...Array.from({ length: 8 }, appendForever), settleForever()])
else await fillDisk()
