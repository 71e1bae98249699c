import { z } from 'zod'
import { functionIdOf } from '../../control/runnable.ts'
import type { ShownSource } from '../../control/sources.ts'
import { PAGE_QUERY, pageRequest, paginationOf } from '../pagination.ts'
import type { ApiDeps, Routes } from '../route.ts'
import { BY_ID, envelope, ID, listEnvelope, NAME, REMOVED, SETTINGS, SLUG, Source, SUCCESS } from '../shapes.ts'

const CHANGE = z.strictObject({ slug: SLUG.optional(), name: NAME.optional(), enabled: z.boolean().optional(), settings: SETTINGS.optional() })
const CREATE = CHANGE.extend({ slug: SLUG, metadataId: ID })
const ANSWER = envelope({ source: Source })
const tags = ['Sources']

export const sourceRoutes: Routes = (scope, deps) => {
  const { sources } = deps.control
  const answer = (source: ShownSource) => ({ data: { source: view(source, deps) } })

  scope.get('/sources', { schema: { tags, summary: 'List sources', querystring: z.strictObject(PAGE_QUERY), response: listEnvelope('sources', Source) } }, async ({ query }) => {
    const request = pageRequest(query)
    const page = await sources.list(request)
    return { data: { sources: page.items.map((source) => view(source, deps)), pagination: paginationOf(page, request) } }
  })
  scope.post('/sources', { schema: { tags, summary: 'Create a source', body: CREATE, response: ANSWER } }, async ({ body }) => answer(await sources.create(body)))
  scope.get('/sources/:id', { schema: { tags, summary: 'Read a source', params: BY_ID, response: ANSWER } }, async ({ params }) => answer(await sources.get(params.id)))
  scope.patch('/sources/:id', { schema: { tags, summary: 'Change a source', params: BY_ID, body: CHANGE, response: ANSWER } }, async ({ params, body }) => answer(await sources.change(params.id, body)))
  scope.delete('/sources/:id', { schema: { tags, summary: 'Remove a source with its destinations', params: BY_ID, response: REMOVED } }, async ({ params }) => {
    await sources.remove(params.id)
    return SUCCESS
  })
  scope.post('/sources/:id/writekey', { schema: { tags, summary: 'Add a write key', params: BY_ID, response: ANSWER } }, async ({ params }) => answer(await sources.addWriteKey(params.id)))
  scope.delete('/sources/:id/writekey/:key', { schema: { tags, summary: 'Remove a write key', params: BY_ID.extend({ key: z.string() }), response: REMOVED } }, async ({ params }) => {
    await sources.removeWriteKey(params.id, params.key)
    return SUCCESS
  })
}

function view(source: ShownSource, { control, publicUrl }: ApiDeps) {
  const { webhookToken, metadataId, ...rest } = source
  return {
    ...rest,
    metadataId,
    metadata: { id: metadataId, slug: metadataId, name: control.titleOf(metadataId) },
    labels: [],
    ...(functionIdOf(metadataId) !== undefined && { webhookUrl: `${publicUrl()}/fn/${source.id}/${webhookToken}` }),
  }
}
