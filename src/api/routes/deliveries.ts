import { z } from 'zod'
import { SluiceError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { detailOfEvent, FINAL_OUTCOMES } from '../../model/outcome.ts'
import type { ListedDelivery } from '../../queue/queue.ts'
import type { Routes } from '../route.ts'
import { ID } from '../shapes.ts'

/** ISO 8601 or milliseconds since 1970, to milliseconds. */
const TIME = z.union([z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)), z.coerce.number().int().min(0)], { error: 'must be a time, as ISO 8601 or milliseconds since 1970' })
const MESSAGE_ID = z.string().min(1).max(limits.messageIdCharsMax)

interface Range {
  from?: number
  to?: number
}

const isRange = ({ from, to }: Range): boolean => from === undefined || to === undefined || from <= to
const BAD_RANGE = { error: 'must not be later than to', path: ['from'] }

const QUERY = z.strictObject({
  sourceId: ID.optional(),
  destinationId: ID.optional(),
  messageId: MESSAGE_ID.optional(),
  outcome: z.enum([...FINAL_OUTCOMES, 'pending']).optional(),
  from: TIME.optional(),
  to: TIME.optional(),
  cursor: z.string().min(1).optional(),
  count: z.coerce.number().int().min(1).max(limits.pageSizeMax).default(limits.pageSize),
}).refine(isRange, BAD_RANGE)

const REPLAY = z.strictObject({
  destinationId: ID.optional().meta({ description: 'Events that ended at this destination. Exactly one of `destinationId` and `sourceId` is to be given.' }),
  sourceId: ID.optional().meta({ description: 'Webhooks that this source\'s function refused: the function runs again.' }),
  outcome: z.enum(['filtered', 'discarded', 'buried']).default('buried'),
  messageIds: z.array(MESSAGE_ID).min(1).max(limits.replayMessageIdsMax).optional(),
  from: TIME.optional(),
  to: TIME.optional(),
})
  .refine(isRange, BAD_RANGE)
  .refine(({ destinationId, sourceId }) => destinationId !== undefined || sourceId !== undefined, { error: 'is missing: send destinationId, or sourceId for webhooks of a source function', path: ['destinationId'] })
  .refine(({ destinationId, sourceId }) => destinationId === undefined || sourceId === undefined, { error: 'cannot be sent together with destinationId: send one of them', path: ['sourceId'] })

const tags = ['Deliveries']

export const deliveryRoutes: Routes = (scope, { control, queue }) => {
  scope.get('/deliveries', { schema: { tags, summary: 'What became of single events, newest first', querystring: QUERY } }, async ({ query }) => {
    const page = await queue.list(query)
    return { deliveries: page.deliveries.map(view), ...(page.next !== undefined && { next: page.next }) }
  })
  scope.post('/deliveries/replay', { schema: { tags, summary: 'Deliver ended events again', body: REPLAY, response: { 200: z.object({ replayed: z.int() }) } } }, async ({ body: { destinationId, sourceId, ...which } }) => {
    if (destinationId !== undefined) await mustExist('destination', destinationId, control.destinations.get(destinationId))
    if (sourceId !== undefined) await mustExist('source', sourceId, control.sources.get(sourceId))
    return { replayed: await queue.revive({ ...which, destinationId: destinationId ?? `source:${sourceId}` }) }
  })
}

/** A replay to something that is gone would only end its events again. */
async function mustExist(noun: 'destination' | 'source', id: string, found: Promise<unknown>): Promise<void> {
  await found.catch((thrown: unknown) => {
    if (!(thrown instanceof SluiceError) || thrown.code !== 'not_found') throw thrown
    throw new SluiceError('invalid_request', { message: `${noun}Id: there is no ${noun} ${id}`, field: `${noun}Id` })
  })
}

function view({ event, at, dueAt, detail, ...rest }: ListedDelivery) {
  return {
    ...rest,
    ...(detail && { detail: detailOfEvent(detail, rest.messageId) }),
    at: new Date(at).toISOString(),
    ...(dueAt !== undefined && { dueAt: new Date(dueAt).toISOString() }),
    ...(event !== undefined && { event: JSON.parse(event) as unknown }),
  }
}
