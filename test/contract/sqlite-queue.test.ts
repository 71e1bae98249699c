import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Limits } from '../../src/base/limits.ts'
import { silentLog } from '../../src/base/log.ts'
import type { NewEntry, Queue } from '../../src/queue/queue.ts'
import { openSqliteQueue } from '../../src/queue/sqlite.ts'
import { eventually } from '../support/eventually.ts'
import { entry, idsOf, record, settlement } from '../support/queue-material.ts'
import { describeQueue } from './queue.suite.ts'

const CLAIM = { eventsMax: 1_000, leaseMs: 60_000, waitMs: 0 }

async function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sluice-queue-'))
}

describeQueue('the SQLite queue', async () => {
  const folder = await makeFolder()
  return {
    open: (options) => openSqliteQueue({ file: join(folder, 'queue.db'), log: silentLog, ...options }),
    remove: () => rm(folder, { recursive: true }),
  }
})

describe('the SQLite queue in its file', () => {
  let folder: string
  let file: string
  const opened: Queue[] = []
  const children: ChildProcess[] = []

  beforeEach(async () => {
    folder = await makeFolder()
    file = join(folder, 'queue.db')
  })

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    for (const queue of opened.splice(0)) await queue.close()
    await rm(folder, { recursive: true })
  })

  async function open(limits: Partial<Limits> = {}): Promise<Queue> {
    const queue = await openSqliteQueue({ file, clock: systemClock, log: silentLog, limits })
    opened.push(queue)
    return queue
  }

  /** Starts the child and gathers the lines that it prints. */
  function startChild(command: string, args: readonly string[]): { child: ChildProcess, lines: string[] } {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    const lines: string[] = []
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line))
    return { child, lines }
  }

  const childFile = join(import.meta.dirname, '../support/queue-child.ts')

  test('commits appends that come together in few transactions', async () => {
    const queue = await open()
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => queue.append(entry([`m${index}`]))))
    await queue.close()
    const db = new DatabaseSync(file)
    const rows = db.prepare('SELECT count(*) AS groups FROM seen_recent').get()
    db.close()
    // Each transaction that takes events in writes one row of their hashes.
    expect(rows?.['groups']).toBeLessThanOrEqual(4)
  })

  test('keeps every acknowledged append and settlement when its process is killed', async () => {
    for (let round = 0; round < 3; round++) {
      const { child, lines } = startChild(process.execPath, [childFile, 'load', file])
      await eventually('a load', () => lines.length > 300 + round * 150, { everyMs: 1 })
      child.kill('SIGKILL')
      await once(child, 'close')
      const appended = lines.filter((line) => line.startsWith('a ')).flatMap((line) => line.split(' ').slice(1))
      const settled = new Set(lines.filter((line) => line.startsWith('s ')).flatMap((line) => line.split(' ').slice(1)))
      const queue = await open()
      const inLog = new Set((await claimAll(queue)).flatMap(({ events }) => idsOf(events)))
      expect(settled.size).toBeGreaterThan(0)
      expect([...settled].filter((id) => inLog.has(id))).toEqual([])
      // The very last settlement may have been committed without being acknowledged.
      expect(appended.filter((id) => !inLog.has(id) && !settled.has(id)).length).toBeLessThanOrEqual(5)
      const [row] = await queue.ledger()
      expect(row!.accepted - row!.settled).toBe(inLog.size)
      await queue.close()
      await rm(file)
    }
  })

  test('still knows after a kill what it had seen', async () => {
    const { child, lines } = startChild(process.execPath, [childFile, 'load', file])
    await eventually('a load', () => lines.length > 100, { everyMs: 1 })
    child.kill('SIGKILL')
    await once(child, 'close')
    const appended = lines.filter((line) => line.startsWith('a ')).flatMap((line) => line.split(' ').slice(1))
    const queue = await open()
    expect((await queue.append(entry(appended))).repeated).toHaveLength(appended.length)
  })

  test('refuses appends while the disk is full, loses none that it took, and goes on when there is room again', async () => {
    const limited = `trap '' XFSZ; ulimit -S -f 8192; exec "$0" "$@"`
    const { child, lines } = startChild('bash', ['-c', limited, process.execPath, childFile, 'disk', file])
    await eventually('a full disk', () => lines.includes('refused queue_unavailable'))
    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited'])
    const before = lines.length
    await eventually('room again', () => lines.slice(before).some((line) => line.startsWith('a ')))
    child.stdin!.end()
    await once(child, 'close')
    expect(child.exitCode).toBe(0)
    expect(lines.filter((line) => line.startsWith('refused ') && line !== 'refused queue_unavailable')).toEqual([])
    const appended = lines.filter((line) => line.startsWith('a ')).map((line) => line.slice(2))
    const inLog = (await claimAll(await open())).flatMap(({ events }) => idsOf(events))
    expect(inLog).toEqual(appended)
  })

  test('refuses one bad item and takes its neighbours', async () => {
    const queue = await open()
    const bad = { ...entry(['bad']), receivedAt: {} } as unknown as NewEntry
    const answers = await Promise.allSettled([queue.append(entry(['m1'])), queue.append(bad), queue.append(entry(['m2']))])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((await queue.claim(CLAIM)).flatMap(({ events }) => idsOf(events))).toEqual(['m1', 'm2'])
    expect((await queue.append(entry(['bad']))).repeated).toEqual([])
  })

  test('refuses what cannot be sent to its thread, and goes on', async () => {
    const queue = await open()
    const bad = { ...entry(['bad']), sourceId: Symbol('source') } as unknown as NewEntry
    await expect(queue.append(bad)).rejects.toMatchObject({ code: 'internal' })
    expect((await queue.append(entry(['m1']))).entryId).toBeGreaterThan(0)
  })

  test('reads a backlog that does not fit in memory back in order, each entry once', async () => {
    const queue = await open({ handoverBytesMax: 2_000 })
    const expected: string[] = []
    const seen: string[] = []
    for (let round = 0; round < 10; round++) {
      const ids = Array.from({ length: 50 }, (_, index) => `m${round}-${index}`)
      expected.push(...ids)
      await Promise.all(ids.map((id) => queue.append(entry([id]))))
      for (let claim = 0; claim < 3; claim++) {
        const entries = await queue.claim({ ...CLAIM, eventsMax: 10 })
        seen.push(...entries.flatMap(({ events }) => idsOf(events)))
        await queue.settle(settlement({ entryIds: entries.map(({ id }) => id) }))
      }
    }
    seen.push(...(await claimAll(queue)).flatMap(({ events }) => idsOf(events)))
    expect(seen).toEqual(expected)
  })

  test('refuses a file that another queue has open', { timeout: 30_000 }, async () => {
    await open()
    await expect(openSqliteQueue({ file, clock: systemClock, log: silentLog })).rejects.toThrow(/in use by another process/)
  })

  test('takes over a file of format 1, and lets its records be transformed again rather than never', async () => {
    const old = await open()
    await old.settle(settlement({ records: [record('m1')] }))
    await old.close()
    const db = new DatabaseSync(file)
    db.exec('ALTER TABLE ended DROP COLUMN kind; PRAGMA user_version = 1')
    db.close()
    const queue = await open()
    await queue.settle(settlement({ records: [record('m2')] }))
    expect(await queue.revive({ destinationId: 'dst_1', outcome: 'buried' })).toBe(2)
    const jobs = await queue.claimDue({ queues: ['dst_1'], jobsMax: 10, leaseMs: 60_000 })
    expect(jobs.map(({ kind, events }) => [kind, ...idsOf(events)]).toSorted()).toEqual([['events', 'm2'], ['untransformed', 'm1']])
  })

  test('refuses a file of a newer format, and says so', async () => {
    await (await open()).close()
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 99')
    db.close()
    await expect(openSqliteQueue({ file, clock: systemClock, log: silentLog })).rejects.toThrow(/written by a newer Sluice \(format 99/)
  })

  test('refuses a file that is something else, and a folder that is not there', async () => {
    await writeFile(file, 'a note, and no database at all '.repeat(1_000))
    const nowhere = join(folder, 'missing', 'queue.db')
    await expect(openSqliteQueue({ file: nowhere, clock: systemClock, log: silentLog })).rejects.toMatchObject({ code: 'queue_unavailable' })
    await expect(openSqliteQueue({ file, clock: systemClock, log: silentLog })).rejects.toMatchObject({ code: 'queue_unavailable' })
  })
})

async function claimAll(queue: Queue): Promise<Awaited<ReturnType<Queue['claim']>>> {
  const all: Awaited<ReturnType<Queue['claim']>> = []
  for (;;) {
    const entries = await queue.claim(CLAIM)
    if (entries.length === 0) return all
    all.push(...entries)
  }
}
