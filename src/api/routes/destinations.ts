import { z } from 'zod'
import type { ShownDestination } from '../../control/destinations.ts'
import { BATCHING_SHAPE } from '../../control/instance-batching.ts'
import { PAGE_QUERY, pageRequest, paginationOf } from '../pagination.ts'
import type { Routes } from '../route.ts'
import { BY_ID, Destination, envelope, ID, listEnvelope, NAME, REMOVED, SETTINGS, SUCCESS } from '../shapes.ts'

const CHANGE = z.strictObject({ name: NAME.optional(), enabled: z.boolean().optional(), settings: SETTINGS.optional(), ...BATCHING_SHAPE })
const CREATE = CHANGE.extend({ sourceId: ID, metadataId: ID })
const ANSWER = envelope({ destination: Destination })
const tags = ['Destinations']

export const destinationRoutes: Routes = (scope, { control }) => {
  const { destinations } = control
  const view = (destination: ShownDestination) => {
    const { metadataId } = destination
    return { ...destination, metadata: { id: metadataId, slug: metadataId, name: control.titleOf(metadataId) } }
  }
  const answer = (destination: ShownDestination) => ({ data: { destination: view(destination) } })

  scope.get('/destinations', { schema: { tags, summary: 'List destinations', querystring: z.strictObject({ ...PAGE_QUERY, sourceId: ID.optional() }), response: listEnvelope('destinations', Destination) } }, async ({ query }) => {
    const request = pageRequest(query)
    const page = await destinations.list({ ...request, ...(query.sourceId !== undefined && { sourceId: query.sourceId }) })
    return { data: { destinations: page.items.map(view), pagination: paginationOf(page, request) } }
  })
  scope.post('/destinations', { schema: { tags, summary: 'Create a destination', body: CREATE, response: ANSWER } }, async ({ body }) => answer(await destinations.create(body)))
  scope.get('/destinations/:id', { schema: { tags, summary: 'Read a destination', params: BY_ID, response: ANSWER } }, async ({ params }) => answer(await destinations.get(params.id)))
  scope.patch('/destinations/:id', { schema: { tags, summary: 'Change a destination; settings that are not given stay, null removes one', params: BY_ID, body: CHANGE, response: ANSWER } }, async ({ params, body }) => answer(await destinations.change(params.id, body)))
  scope.delete('/destinations/:id', { schema: { tags, summary: 'Remove a destination', params: BY_ID, response: REMOVED } }, async ({ params }) => {
    await destinations.remove(params.id)
    return SUCCESS
  })
}
