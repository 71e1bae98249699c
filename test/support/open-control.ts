/** A control plane on a real store in a folder of its own: `await using opened = await openTestControl()`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { silentLog } from '#src/base/log.ts'
import { systemClock } from '#src/base/clock.ts'
import { openControl, type Control, type ControlOptions } from '#src/control/control.ts'
import { openDb } from '#src/db/open.ts'
import type { Db } from '#src/db/schema.ts'
import type { DestinationDefinition } from '#src/destinations/destination.ts'
import { catcher } from '#src/destinations/catcher.ts'
import { compileFunction } from '#src/isolate/compile.ts'
import { DELIVERED } from '#src/model/outcome.ts'

/** A built-in destination with one setting of each sort that matters. */
export const mailbox: DestinationDefinition = {
  slug: 'mailbox',
  title: 'Mailbox',
  description: 'For tests.',
  settings: z.strictObject({ address: z.string().min(1), password: z.string().optional(), size: z.int().default(10) }),
  sensitive: ['password'],
  batchEventsMax: () => 1,
  deliver: (events) => Promise.resolve(events.map(() => DELIVERED)),
}

export interface OpenedControl extends AsyncDisposable {
  control: Control
  db: Db
  dataDir: string
  dbFile: string
}

/** Tells of every code that it has all handlers. */
const LOADS_ANYTHING: ControlOptions['runtime'] = { run: async () => [{ outcome: 'ok', text: JSON.stringify({ onRequest: 'function', onTrack: 'function' }) }] }

export async function openTestControl(given: Partial<ControlOptions> = {}): Promise<OpenedControl> {
  const dataDir = given.dataDir ?? await mkdtemp(join(tmpdir(), 'sluice-control-'))
  const dbFile = join(dataDir, 'control.db')
  const db = await openDb({ file: dbFile, log: silentLog })
  const close = async () => {
    await db.destroy()
    if (given.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const control = await openControl({ db, dataDir, destinations: [mailbox, catcher], compile: compileFunction, runtime: LOADS_ANYTHING, clock: systemClock, log: silentLog, ...given })
    return { control, db, dataDir, dbFile, [Symbol.asyncDispose]: close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

/** A deployed function that does nothing, with these settings. */
export async function deployFunction(control: Control, given: Partial<Parameters<Control['functions']['create']>[0]> = {}): Promise<string> {
  const { id } = await control.functions.create({ code: 'function onTrack(event) { return event }', displayName: 'Nothing', resourceType: 'INSERT_SOURCE', ...given })
  await control.functions.deploy(id)
  return id
}
