/** What browser SDKs load before they send: settings documents and the libraries themselves. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { CurrentSnapshot, SourcePlan } from '../model/snapshot.ts'
import { JSON_TYPE } from './answer.ts'
import { writeKeyOfHeader } from './authenticate.ts'
import { analyticsChunk, analyticsLibrary, jitsuLibrary } from './browser-files.ts'
import type { BrowserFile } from './browser-files.ts'
import { rudderSettings, segmentSettings } from './browser-settings.ts'
import { answerPreflights } from './cors.ts'

/** Each answers 404 to a write key that no source has, so that a page's author sees the mistake at once. */
export function addBrowserRoutes(scope: FastifyInstance, snapshot: CurrentSnapshot): void {
  const get = (path: string, answer: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | FastifyReply): void => {
    scope.get(path, answer)
    answerPreflights(scope, path, 'GET')
  }
  get('/v1/projects/:writeKey/settings', (request, reply) => {
    const writeKey = parameter(request, 'writeKey')
    planOf(snapshot, writeKey)
    return sendDocument(reply, segmentSettings(writeKey, request))
  })
  for (const path of ['/sourceConfig', '/sourceConfig/']) {
    get(path, (request, reply) => {
      const writeKey = writeKeyOfHeader(request.raw.headers.authorization) ?? String((request.query as { writeKey?: unknown }).writeKey ?? '')
      return sendDocument(reply, rudderSettings(planOf(snapshot, writeKey).source, writeKey))
    })
  }
  get('/analytics.js/v1/:writeKey/analytics.min.js', async (request, reply) => {
    planOf(snapshot, parameter(request, 'writeKey'))
    return sendFile(request, reply, { file: await analyticsLibrary(), seconds: limits.browserLibrarySeconds })
  })
  get('/analytics-next/bundles/:name', async (request, reply) =>
    sendFile(request, reply, { file: await analyticsChunk(parameter(request, 'name')), seconds: limits.browserLibrarySeconds }))
  get('/p.js', async (request, reply) => sendFile(request, reply, { file: await jitsuLibrary(), seconds: limits.browserLibrarySeconds }))
}

function parameter(request: FastifyRequest, name: string): string {
  return String((request.params as Record<string, unknown>)[name] ?? '')
}

/** @throws SluiceError not_found */
function planOf(snapshot: CurrentSnapshot, writeKey: string): SourcePlan {
  const { sources, sourceIdByWriteKey } = snapshot()
  const plan = sources.get(sourceIdByWriteKey.get(writeKey) ?? '')
  if (!plan) throw new SluiceError('not_found', { message: 'No source has this write key.' })
  return plan
}

function sendDocument(reply: FastifyReply, document: object): FastifyReply {
  return reply.header('cache-control', `public, max-age=${limits.browserSettingsSeconds}`).header('content-type', JSON_TYPE).send(JSON.stringify(document))
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { file, seconds }: { file: BrowserFile | undefined, seconds: number }): FastifyReply {
  if (!file) throw new SluiceError('not_found')
  const packed = /\bgzip\b/.test(String(request.raw.headers['accept-encoding'] ?? ''))
  reply.header('cache-control', `public, max-age=${seconds}`).header('content-type', 'text/javascript; charset=utf-8').header('vary', 'Origin, Accept-Encoding')
  return packed ? reply.header('content-encoding', 'gzip').send(file.packed) : reply.send(file.plain)
}
