/** What the built-in `catcher` destination received: the newest few of each catcher, to be looked at. */
import { randomText } from '../base/ids.ts'
import { limits } from '../base/limits.ts'
import type { EventCarrier } from '../model/event.ts'
import type { Db } from './schema.ts'

export interface CaughtBatch {
  destinationId: string
  events: readonly EventCarrier[]
  /** Milliseconds since 1970. */
  at: number
}

/** Orders batches of one millisecond. */
let batches = 0

/** Keeps the events, newest last; the oldest beyond the limit go. */
export async function addCaughtEvents(db: Db, { destinationId, events, at }: CaughtBatch): Promise<void> {
  if (events.length === 0) return
  const time = String(at).padStart(15, '0')
  batches += 1
  const batch = `${String(batches).padStart(12, '0')}.${randomText(4)}`
  const rows = events.map((event, index) => ({
    destination_id: destinationId,
    position: `${time}.${batch}.${String(index).padStart(6, '0')}`,
    message_id: event.messageId,
    event: event.text,
    caught_at: new Date(at).toISOString(),
  }))
  await db.transaction().execute(async (transaction) => {
    for (let from = 0; from < rows.length; from += 100) await transaction.insertInto('caught_events').values(rows.slice(from, from + 100)).execute()
    await transaction.deleteFrom('caught_events').where('destination_id', '=', destinationId)
      .where('position', '<=', (select) => select.selectFrom('caught_events').select('position').where('destination_id', '=', destinationId)
        .orderBy('position', 'desc').limit(1).offset(limits.catcherEventsMax))
      .execute()
  })
}

/** The events' JSON texts, newest first. */
export async function listCaughtEvents(db: Db, { destinationId, count }: { destinationId?: string, count: number }): Promise<string[]> {
  let query = db.selectFrom('caught_events').select('event').orderBy('position', 'desc').limit(count)
  if (destinationId !== undefined) query = query.where('destination_id', '=', destinationId)
  return (await query.execute()).map((row) => row.event)
}

export async function deleteCaughtEvents(db: Db, destinationIds: string[]): Promise<void> {
  if (destinationIds.length > 0) await db.deleteFrom('caught_events').where('destination_id', 'in', destinationIds).execute()
}
