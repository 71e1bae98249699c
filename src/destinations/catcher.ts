import { z } from 'zod'
import { asError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { DELIVERED } from '../model/outcome.ts'
import type { Outcome } from '../model/outcome.ts'
import type { DestinationDefinition } from './destination.ts'

const settings = z.strictObject({})

/** Sends nothing anywhere: keeps the latest events for people to look at. */
export const catcher: DestinationDefinition<z.output<typeof settings>> = {
  slug: 'catcher',
  title: 'Event Catcher',
  description: 'Keeps the latest events, so that you can see what a destination would get. Read them with GET /api/catcher.',
  settings,
  sensitive: [],
  batchEventsMax: () => limits.workEventsMax,
  async deliver(events, _given, context) {
    const outcome = await context.caught(context.destinationId, events).then(
      () => DELIVERED,
      (thrown: unknown): Outcome => ({ kind: 'retry', code: 'internal', message: asError(thrown).message }),
    )
    return events.map(() => outcome)
  },
}
