import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/base/log.ts'
import { openSqliteQueue } from '../../src/queue/sqlite.ts'
import { describeQueue } from './queue.suite.ts'

describeQueue('the SQLite queue', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-queue-'))
  return {
    open: (options) => openSqliteQueue({ file: join(folder, 'queue.db'), log: silentLog, ...options }),
    remove: () => rm(folder, { recursive: true }),
  }
})
