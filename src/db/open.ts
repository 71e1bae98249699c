/** Opens the configuration store: the one file that knows which database it is. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely'
import { Migrator } from 'kysely/migration'
import { asError, SluiceError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { migrations } from './migrations.ts'
import type { Db, Tables } from './schema.ts'

export interface OpenDbOptions {
  /** Made when absent, with its folder; readable by its owner alone. */
  file: string
  log: Log
}

/**
 * The store, brought to the present schema. `destroy()` closes it.
 * @throws SluiceError internal when the file cannot be opened or brought up to date
 */
export async function openDb({ file, log }: OpenDbOptions): Promise<Db> {
  let database: DatabaseSync
  try {
    mkdirSync(dirname(file), { recursive: true })
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 5_000 })
    database.exec('pragma journal_mode = wal; pragma synchronous = full')
  } catch (thrown) {
    throw new SluiceError('internal', { message: `The configuration store ${file} cannot be opened: ${asError(thrown).message}`, cause: thrown })
  }
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(database) }) })
  await migrate(db, { file, log }).catch(async (thrown: unknown) => {
    await db.destroy()
    throw thrown
  })
  return db
}

async function migrate(db: Db, { file, log }: OpenDbOptions): Promise<void> {
  const { error, results = [] } = await new Migrator({ db, provider: migrations }).migrateToLatest()
  for (const { migrationName, status } of results) if (status === 'Success') log.info('migrated the configuration store', { migration: migrationName })
  if (error) throw new SluiceError('internal', { message: `The configuration store ${file} cannot be brought up to date: ${asError(error).message}`, cause: error })
}

/** Kysely's SQLite dialect speaks better-sqlite3's interface; this is the part of it that it uses, on Node's own driver. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text) => {
      const statement = database.prepare(text)
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters as SQLInputValue[]),
        run: (parameters) => statement.run(...parameters as SQLInputValue[]),
        iterate: (parameters) => statement.iterate(...parameters as SQLInputValue[]),
      }
    },
  }
}
