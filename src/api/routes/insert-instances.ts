import { z } from 'zod'
import type { ShownInsertInstance } from '../../control/insert-instances.ts'
import { BATCHING_SHAPE } from '../../control/instance-batching.ts'
import { PAGE_QUERY, pageRequest, paginationOf } from '../pagination.ts'
import type { Routes } from '../route.ts'
import { BY_ID, envelope, ID, InsertFunctionInstance, listEnvelope, NAME, REMOVED, SETTINGS, SUCCESS } from '../shapes.ts'

const CHANGE = z.strictObject({ name: NAME.optional(), enabled: z.boolean().optional(), settings: SETTINGS.optional(), ...BATCHING_SHAPE })
const CREATE = CHANGE.extend({ functionId: ID, integrationId: ID })
const ANSWER = envelope({ insertFunctionInstance: InsertFunctionInstance })
const tags = ['Insert function instances']

export const insertInstanceRoutes: Routes = (scope, { control: { insertInstances } }) => {
  const answer = (instance: ShownInsertInstance) => ({ data: { insertFunctionInstance: view(instance) } })

  scope.get('/insert-function-instances', { schema: { tags, summary: 'List insert function instances', querystring: z.strictObject({ ...PAGE_QUERY, functionId: ID.optional() }), response: listEnvelope('insertFunctionInstances', InsertFunctionInstance) } }, async ({ query }) => {
    const request = pageRequest(query)
    const page = await insertInstances.list({ ...request, ...(query.functionId !== undefined && { functionId: query.functionId }) })
    return { data: { insertFunctionInstances: page.items.map(view), pagination: paginationOf(page, request) } }
  })
  scope.post('/insert-function-instances', { schema: { tags, summary: 'Put a deployed insert function into a source or destination', body: CREATE, response: ANSWER } }, async ({ body }) => answer(await insertInstances.create(body)))
  scope.get('/insert-function-instances/:id', { schema: { tags, summary: 'Read an instance', params: BY_ID, response: ANSWER } }, async ({ params }) => answer(await insertInstances.get(params.id)))
  scope.patch('/insert-function-instances/:id', { schema: { tags, summary: 'Change an instance; settings that are not given stay, null removes one', params: BY_ID, body: CHANGE, response: ANSWER } }, async ({ params, body }) => answer(await insertInstances.change(params.id, body)))
  scope.delete('/insert-function-instances/:id', { schema: { tags, summary: 'Take an insert function out', params: BY_ID, response: REMOVED } }, async ({ params }) => {
    await insertInstances.remove(params.id)
    return SUCCESS
  })
}

function view(instance: ShownInsertInstance) {
  return { ...instance, classId: instance.functionId }
}
