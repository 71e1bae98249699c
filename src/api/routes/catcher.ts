import { z } from 'zod'
import { limits } from '../../base/limits.ts'
import { listCaughtEvents } from '../../db/caught-events.ts'
import type { Routes } from '../route.ts'
import { ID } from '../shapes.ts'

const QUERY = z.strictObject({ limit: z.coerce.number().int().min(1).max(limits.catcherEventsMax).default(limits.catcherEventsShown), destinationId: ID.optional() })

export const catcherRoutes: Routes = (scope, { db }) => {
  scope.get('/catcher', { schema: { tags: ['Deliveries'], summary: 'What the event catchers received, newest first', querystring: QUERY } }, async ({ query }, reply) => {
    const { limit: count, destinationId } = query
    const texts = await listCaughtEvents(db, { count, ...(destinationId !== undefined && { destinationId }) })
    return reply.type('application/json').send(`{"events":[${texts.join(',')}]}`)
  })
}
