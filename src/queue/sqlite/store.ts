/**
 * The queue's file as seen by the writer thread: each group is one transaction, each question an answer of bounded length.
 * A transaction that fails leaves file and memory as they were before it.
 */
import type { DatabaseSync } from 'node:sqlite'
import { asError, SluiceError } from '../../base/errors.ts'
import type { ErrorCode } from '../../base/errors.ts'
import { EndedTable } from './ended-table.ts'
import { JobsTable } from './jobs-table.ts'
import { LedgerTable } from './ledger-table.ts'
import { DeliveryList } from './list.ts'
import { LogTable } from './log-table.ts'
import type { DepthChange, Failure, Group, GroupItem, ItemAnswer, QuestionName, Questions, WriterOptions } from './protocol.ts'
import { reviveStep } from './revive.ts'
import { openFile } from './schema.ts'
import { SeenIds } from './seen.ts'
import type { SeenSizes } from './seen.ts'
import { append, settle } from './settle.ts'
import type { Tables, Transaction } from './settle.ts'
import { TotalsTable } from './totals-table.ts'

const LEASES_PER_START = 2 ** 32
/** Unchecked bytes of the write-ahead log after which it is copied into the file. */
const CHECKPOINT_BYTES = 32 * 1024 ** 2
/** What a transaction writes besides its texts: counters, indexes, tree pages. */
const TRANSACTION_BYTES = 64 * 1024

/** SQLite's primary result codes that say that the disk or the file is at fault, not the statement. */
const DISK_ERRORS = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 23, 26])

export class Store {
  readonly #db: DatabaseSync
  readonly #seen: SeenIds
  readonly #tables: Tables
  readonly #list: DeliveryList
  #lease: number
  #now: number
  #parkedChanges: [string, number][] = []
  #uncheckedBytes = 0
  #upkeepLeft = true

  /** @throws SluiceError queue_unavailable when the file cannot be used */
  constructor(options: WriterOptions, sizes?: SeenSizes) {
    const { limits } = options
    this.#db = openFile(options.file)
    this.#lease = options.start * LEASES_PER_START
    this.#now = options.now
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      const totals = new TotalsTable(this.#db)
      const ledger = new LedgerTable(this.#db)
      this.#seen = new SeenIds(this.#db, limits.dedupWindowMs, sizes)
      this.#seen.load(options.now)
      this.#tables = {
        log: new LogTable(this.#db, this.#seen, totals.secret),
        jobs: new JobsTable(this.#db),
        ended: new EndedTable(this.#db, limits),
        ledger, totals, limits,
      }
      this.#list = new DeliveryList(this.#db)
      this.#db.exec('COMMIT')
    } catch (cause) {
      this.#db.close()
      throw new SluiceError('queue_unavailable', { message: `The queue's file ${options.file} cannot be read: ${asError(cause).message}`, cause })
    }
    this.#parkedChanges = this.#tables.ledger.parked()
  }

  get lastId(): number {
    return this.#tables.totals.lastId
  }

  /** What changed since the last call, with the totals as they are. */
  depth(): DepthChange {
    const parked = this.#parkedChanges
    this.#parkedChanges = []
    return { entries: this.#tables.totals.entries, bytes: this.#tables.totals.bytes, parked }
  }

  commit(group: Group): ItemAnswer[] {
    this.#now = group.now
    this.#uncheckedBytes += group.bytes
    const run = (items: GroupItem[]): ItemAnswer[] =>
      this.#transaction(group.chunks, (transaction) => items.map((item) => this.#apply(item, transaction)))
    try {
      return run(group.items)
    } catch (error) {
      const failure = failureOf(error)
      if (isDiskError(error) || group.items.length === 1) return group.items.map(() => failure)
      return group.items.map((item) => attempt(() => run([item])[0] as ItemAnswer))
    }
  }

  answer<Name extends QuestionName>(name: Name, ask: Questions[Name]['ask']): Questions[Name]['answer'] {
    return this.#answers[name](ask)
  }

  /** Deletes and moves what is due for it, a few milliseconds' worth; true when more is left. */
  upkeep(now: number): boolean {
    this.#now = now
    if (this.#upkeepLeft) this.#transaction([], () => {})
    return this.#upkeepLeft
  }

  /** Copies the write-ahead log into the file when enough has gathered, or anything at all when the queue is idle. */
  checkpoint(idle: boolean): void {
    if (this.#uncheckedBytes <= (idle ? 0 : CHECKPOINT_BYTES)) return
    this.#uncheckedBytes = 0
    // What cannot be copied now stays in the write-ahead log, and the next checkpoint takes it along.
    attemptQuietly(() => this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)'))
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  readonly #answers: { [Name in QuestionName]: (ask: Questions[Name]['ask']) => Questions[Name]['answer'] } = {
    read: (ask) => this.#tables.log.read(ask),
    claimDue: (ask) => this.#tables.jobs.claimDue(ask, this.#nextLease),
    hasten: (ask) => this.#transaction([], () => this.#tables.jobs.hasten(ask)),
    list: (ask) => this.#list.step(ask),
    revive: (ask) => this.#transaction([], () => reviveStep({ ...this.#tables, nextId: this.#tables.totals.takeId }, ask)),
    ledger: ({ sourceId }) => this.#tables.ledger.read(sourceId),
    close: () => {
      this.close()
      return null
    },
  }

  readonly #nextLease = (): number => ++this.#lease

  #apply(item: GroupItem, transaction: Transaction): ItemAnswer {
    return item.do === 'append' ? append(this.#tables, item, transaction) : settle(this.#tables, item, transaction)
  }

  #transaction<Result>(chunks: readonly ArrayBuffer[], body: (transaction: Transaction) => Result): Result {
    const { ledger, ended, totals } = this.#tables
    const effects: (() => void)[] = []
    const afterCommit = (effect: () => void): void => void effects.push(effect)
    let result: Result
    let stepped: boolean
    try {
      this.#seen.begin(this.#now)
      this.#db.exec('BEGIN IMMEDIATE')
      result = body({ now: this.#now, chunks, nextLease: this.#nextLease, afterCommit })
      this.#seen.write()
      stepped = this.#seen.step(afterCommit)
      ended.step()
      ledger.write()
      ended.write()
      totals.write()
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) attemptQuietly(() => this.#db.exec('ROLLBACK'))
      for (const part of [this.#seen, ledger, ended, totals]) part.rolledBack()
      throw error
    }
    this.#uncheckedBytes += TRANSACTION_BYTES
    this.#seen.committed()
    ended.committed()
    totals.committed()
    this.#parkedChanges.push(...ledger.committed())
    for (const effect of effects) effect()
    this.#upkeepLeft = stepped || ended.isOverFull
    return result
  }
}

function attempt(run: () => ItemAnswer): ItemAnswer {
  try {
    return run()
  } catch (error) {
    return failureOf(error)
  }
}

function attemptQuietly(run: () => void): void {
  try {
    run()
  } catch {
    // Nothing depends on it: SQLite rolls a transaction back by itself, and a checkpoint is made up for by the next.
  }
}

export function isDiskError(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' && DISK_ERRORS.has(errcode & 0xff)
}

export function failureOf(error: unknown): Failure {
  if (error instanceof SluiceError) return { error: { code: error.code, message: error.message } }
  const code: ErrorCode = isDiskError(error) ? 'queue_unavailable' : 'internal'
  return { error: { code, message: `The queue's file failed: ${asError(error).message}` } }
}
