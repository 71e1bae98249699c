import { z } from 'zod'
import { limits } from '../../base/limits.ts'
import { BATCH_MAX_COUNT, DESCRIPTION, DISPLAY_NAME, FunctionSettingsShape } from '../../control/function-shape.ts'
import type { FunctionWithCode } from '../../control/functions.ts'
import { RESOURCE_TYPES } from '../../model/function.ts'
import { PAGE_QUERY, pageRequest, paginationOf } from '../pagination.ts'
import type { Routes } from '../route.ts'
import { BY_ID, envelope, FunctionShape, ID, listEnvelope, REMOVED, SUCCESS } from '../shapes.ts'

const RESOURCE_TYPE = z.enum(RESOURCE_TYPES)
const CREATE = z.strictObject({
  code: z.string().min(1),
  displayName: DISPLAY_NAME,
  resourceType: RESOURCE_TYPE,
  settings: FunctionSettingsShape.optional(),
  description: DESCRIPTION.optional(),
  logoUrl: z.union([z.url({ protocol: /^https?$/ }).max(limits.addressCharsMax), z.literal('')]).optional(),
  batchMaxCount: BATCH_MAX_COUNT.optional(),
})
const CHANGE = CREATE.omit({ resourceType: true }).partial()
const ANSWER = envelope({ function: FunctionShape })
const DEPLOYMENT = envelope({ functionDeployment: z.object({ status: z.literal('SUCCESS'), functionId: z.string(), versionId: z.string(), deployedAt: z.string() }) })
const DEPLOY = z.strictObject({ instanceIds: z.array(ID).min(1).max(limits.pageSizeMax).optional().meta({ description: 'Sources, destinations or insert instances; all of them when absent.' }) }).nullish()
const INSTANCES = envelope({ instances: z.array(z.object({ id: z.string(), kind: z.enum(['source', 'destination', 'insert']), name: z.string(), versionId: z.string() })) })
const tags = ['Functions']

export const functionRoutes: Routes = (scope, { control: { functions } }) => {
  const answer = (record: FunctionWithCode) => ({ data: { function: view(record) } })

  scope.get('/functions', { schema: { tags, summary: 'List functions', querystring: z.strictObject({ ...PAGE_QUERY, resourceType: RESOURCE_TYPE.optional() }), response: listEnvelope('functions', FunctionShape) } }, async ({ query }) => {
    const request = pageRequest(query)
    const page = await functions.list({ ...request, ...(query.resourceType !== undefined && { resourceType: query.resourceType }) })
    return { data: { functions: page.items.map(view), pagination: paginationOf(page, request) } }
  })
  scope.post('/functions', { schema: { tags, summary: 'Create a function', body: CREATE, response: ANSWER } }, async ({ body }) => answer(await functions.create(body)))
  scope.get('/functions/:id', { schema: { tags, summary: 'Read a function with its newest code', params: BY_ID, response: ANSWER } }, async ({ params }) => answer(await functions.get(params.id)))
  scope.patch('/functions/:id', { schema: { tags, summary: 'Save a function: makes a version, deploys nothing', params: BY_ID, body: CHANGE, response: ANSWER } }, async ({ params, body }) => answer(await functions.change(params.id, body)))
  scope.delete('/functions/:id', { schema: { tags, summary: 'Remove a function that nothing uses', params: BY_ID, response: REMOVED } }, async ({ params }) => {
    await functions.remove(params.id)
    return SUCCESS
  })
  scope.post('/functions/:id/deploy', { schema: { tags, summary: 'Let all instances, or chosen ones, run the newest version', params: BY_ID, body: DEPLOY, response: DEPLOYMENT } }, async ({ params, body }) => {
    const record = await functions.deploy(params.id, body?.instanceIds)
    return { data: { functionDeployment: { status: 'SUCCESS' as const, functionId: record.id, versionId: record.latestVersionId, deployedAt: record.deployedAt! } } }
  })
  scope.get('/functions/:id/instances', { schema: { tags, summary: 'List what runs the function, and which version of it', params: BY_ID, response: INSTANCES } }, async ({ params }) => ({ data: { instances: await functions.instances(params.id) } }))
}

function view(record: FunctionWithCode) {
  return { ...record, catalogId: `function:${record.id}`, isLatestVersion: record.latestVersionId === record.deployedVersionId }
}
