/** Opens the queue's file: settings that make it durable and quick, and its tables. */
import { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '../../base/errors.ts'

const SCHEMA_VERSION = 2

/**
 * Page size: 8 KB was the fastest of 4-32 KB for entries of 20 events. Checkpoints are run by hand between groups; the automatic one
 * is only a net. The exclusive lock refuses a second process on the same file, whose claims this one would not see.
 */
const SETTINGS = `
  PRAGMA page_size = 16384;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 16384;
  PRAGMA journal_size_limit = 134217728;
  PRAGMA cache_size = -32768;
  PRAGMA temp_store = MEMORY;
`

const TABLES = `
  CREATE TABLE totals (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

  CREATE TABLE log (
    id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, kind TEXT NOT NULL, received_at INTEGER NOT NULL,
    count INTEGER NOT NULL, bytes INTEGER NOT NULL, ids BLOB NOT NULL, texts BLOB NOT NULL
  );

  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY, queue TEXT NOT NULL, source_id TEXT NOT NULL, kind TEXT NOT NULL, attempt INTEGER NOT NULL,
    first_at INTEGER NOT NULL, due_at INTEGER NOT NULL, tried_at INTEGER NOT NULL, strikes INTEGER NOT NULL,
    code TEXT NOT NULL, message TEXT, detail TEXT, count INTEGER NOT NULL, ids BLOB NOT NULL, texts BLOB NOT NULL
  );
  CREATE INDEX jobs_due ON jobs (queue, due_at);
  CREATE INDEX jobs_tried ON jobs (tried_at);
  CREATE INDEX jobs_queue_tried ON jobs (queue, tried_at);

  CREATE TABLE ended (
    id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, destination_id TEXT NOT NULL, outcome TEXT NOT NULL, at INTEGER NOT NULL,
    attempts INTEGER NOT NULL, code TEXT, message TEXT, detail TEXT, count INTEGER NOT NULL, ids BLOB NOT NULL, texts BLOB, kind TEXT
  );
  CREATE INDEX ended_at ON ended (at);
  CREATE INDEX ended_outcome ON ended (destination_id, outcome, at);
  CREATE TABLE kept (
    destination_id TEXT NOT NULL, outcome TEXT NOT NULL, batches INTEGER NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (destination_id, outcome)
  ) WITHOUT ROWID;

  CREATE TABLE ledger_sources (source_id TEXT PRIMARY KEY, accepted INTEGER NOT NULL, settled INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE ledger_connections (
    source_id TEXT NOT NULL, destination_id TEXT NOT NULL, delivered INTEGER NOT NULL, filtered INTEGER NOT NULL,
    discarded INTEGER NOT NULL, buried INTEGER NOT NULL, parked INTEGER NOT NULL,
    PRIMARY KEY (source_id, destination_id)
  ) WITHOUT ROWID;

  CREATE TABLE seen_recent (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, hashes BLOB NOT NULL);
  CREATE TABLE seen_runs (
    id INTEGER PRIMARY KEY, newest INTEGER NOT NULL, count INTEGER NOT NULL, covers INTEGER NOT NULL, complete INTEGER NOT NULL
  );
  CREATE TABLE seen_buckets (id INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
`

/** By the format they start from. */
const UPGRADES: Record<number, string> = {
  0: TABLES,
  1: 'ALTER TABLE ended ADD COLUMN kind TEXT;',
}

/** @throws SluiceError queue_unavailable when the file is of a newer Sluice, is in use, or cannot be opened */
export function openFile(file: string): DatabaseSync {
  let db: DatabaseSync
  try {
    db = new DatabaseSync(file, { timeout: 5_000 })
  } catch (cause) {
    throw new SluiceError('queue_unavailable', { message: `The queue's file ${file} cannot be opened: ${(cause as Error).message}`, cause })
  }
  try {
    prepareFile(db, file)
    return db
  } catch (cause) {
    db.close()
    if (cause instanceof SluiceError) throw cause
    const busy = (cause as { errcode?: number }).errcode === 5
    const message = busy
      ? `The queue's file ${file} is in use by another process; stop that one or choose another data folder.`
      : `The queue's file ${file} cannot be used: ${(cause as Error).message}`
    throw new SluiceError('queue_unavailable', { message, cause })
  }
}

function prepareFile(db: DatabaseSync, file: string): void {
  db.exec(SETTINGS)
  const found = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (found > SCHEMA_VERSION) {
    throw new SluiceError('queue_unavailable', {
      message: `The queue's file ${file} was written by a newer Sluice (format ${found}, this one knows ${SCHEMA_VERSION}); run that version, or choose another data folder.`,
    })
  }
  if (found === SCHEMA_VERSION) return
  db.exec(`BEGIN IMMEDIATE; ${UPGRADES[found]} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}
