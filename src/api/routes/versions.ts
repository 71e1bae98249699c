import { z } from 'zod'
import type { StoredVersion } from '../../db/functions.ts'
import type { FunctionRecord } from '../../model/function.ts'
import { PAGE_QUERY, pageRequest, paginationOf } from '../pagination.ts'
import type { Routes } from '../route.ts'
import { BY_ID, envelope, FunctionVersion, ID, listEnvelope, VersionDiffShape } from '../shapes.ts'

const ANSWER = envelope({ version: FunctionVersion })
const BY_VERSION = BY_ID.extend({ versionId: z.string() })
const tags = ['Functions']

export const versionRoutes: Routes = (scope, { control: { functions } }) => {
  /** What tells the labels of the function's versions. */
  const standing = async (id: string): Promise<Standing> => {
    const [record, instances] = await Promise.all([functions.get(id), functions.instances(id)])
    return { record, running: new Set([record.deployedVersionId, ...instances.map((instance) => instance.versionId)]) }
  }

  scope.get('/functions/:id/versions', { schema: { tags, summary: 'List the versions of a function, newest first', params: BY_ID, querystring: z.strictObject(PAGE_QUERY), response: listEnvelope('versions', FunctionVersion) } }, async ({ params, query }) => {
    const request = pageRequest(query)
    const [at, page] = await Promise.all([standing(params.id), functions.versions(params.id, request)])
    return { data: { versions: page.items.map((version) => view(version, at)), pagination: paginationOf(page, request) } }
  })
  scope.get('/functions/:id/versions/:versionId', { schema: { tags, summary: 'Read a version', params: BY_VERSION, response: ANSWER } }, async ({ params }) => {
    const [at, version] = await Promise.all([standing(params.id), functions.version(params.id, params.versionId)])
    return { data: { version: view(version, at) } }
  })
  scope.get('/functions/:id/versions/:versionId/diff', { schema: { tags, summary: 'What changed from the version `against`, or from the one before', params: BY_VERSION, querystring: z.strictObject({ against: ID.optional() }), response: envelope({ diff: VersionDiffShape }) } }, async ({ params, query }) => {
    return { data: { diff: await functions.diff(params.id, params.versionId, query.against) } }
  })
  scope.post('/functions/:id/versions', { schema: { tags, summary: 'Restore: copy a version as the newest one, without deploying it', params: BY_ID, body: z.strictObject({ versionId: ID }), response: ANSWER } }, async ({ params, body }) => {
    const version = await functions.restore(params.id, body.versionId)
    return { data: { version: view(version, await standing(params.id)) } }
  })
}

interface Standing {
  record: FunctionRecord
  /** Versions that something runs, or that the next instance would run. */
  running: ReadonlySet<string | null>
}

function view(version: StoredVersion, { record, running }: Standing) {
  const isLatest = version.id === record.latestVersionId
  const isDeployed = running.has(version.id)
  return {
    ...version,
    isLatest,
    isDeployed,
    labels: [...(isLatest ? ['LATEST' as const] : []), ...(isDeployed ? ['DEPLOYED' as const] : [])],
    updatedAt: version.createdAt,
  }
}
