import { z } from 'zod'
import type { StoredVersion } from '../../db/functions.ts'
import type { FunctionRecord } from '../../model/function.ts'
import { PAGE_QUERY, pageRequest, paginationOf } from '../pagination.ts'
import type { Routes } from '../route.ts'
import { BY_ID, envelope, FunctionVersion, ID, listEnvelope } from '../shapes.ts'

const ANSWER = envelope({ version: FunctionVersion })
const tags = ['Functions']

export const versionRoutes: Routes = (scope, { control: { functions } }) => {
  scope.get('/functions/:id/versions', { schema: { tags, summary: 'List the versions of a function, newest first', params: BY_ID, querystring: z.strictObject(PAGE_QUERY), response: listEnvelope('versions', FunctionVersion) } }, async ({ params, query }) => {
    const request = pageRequest(query)
    const [record, page] = await Promise.all([functions.get(params.id), functions.versions(params.id, request)])
    return { data: { versions: page.items.map((version) => view(version, record)), pagination: paginationOf(page, request) } }
  })
  scope.get('/functions/:id/versions/:versionId', { schema: { tags, summary: 'Read a version', params: BY_ID.extend({ versionId: z.string() }), response: ANSWER } }, async ({ params }) => {
    const [record, version] = await Promise.all([functions.get(params.id), functions.version(params.id, params.versionId)])
    return { data: { version: view(version, record) } }
  })
  scope.post('/functions/:id/versions', { schema: { tags, summary: 'Restore: copy a version as the newest one, without deploying it', params: BY_ID, body: z.strictObject({ versionId: ID }), response: ANSWER } }, async ({ params, body }) => {
    const version = await functions.restore(params.id, body.versionId)
    return { data: { version: view(version, await functions.get(params.id)) } }
  })
}

function view(version: StoredVersion, record: FunctionRecord) {
  return {
    ...version,
    isLatest: version.id === record.latestVersionId,
    isDeployed: version.id === record.deployedVersionId,
    updatedAt: version.createdAt,
  }
}
