/** The management API: one fastify scope under /api with a token, one error form, and one line per route file. */
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { VERSION } from '../base/version.ts'
import { requireToken } from './authenticate.ts'
import { answerError } from './errors.ts'
import { JSON_TYPES, parseJson } from './json-body.ts'
import { withZod, type ApiDeps, type Routes } from './route.ts'
import { catalogRoutes } from './routes/catalog.ts'
import { catcherRoutes } from './routes/catcher.ts'
import { deliveryRoutes } from './routes/deliveries.ts'
import { destinationRoutes } from './routes/destinations.ts'
import { functionRoutes } from './routes/functions.ts'
import { healthRoutes } from './routes/health.ts'
import { insertInstanceRoutes } from './routes/insert-instances.ts'
import { invokeRoutes } from './routes/invoke.ts'
import { ledgerRoutes } from './routes/ledger.ts'
import { previewRoutes } from './routes/preview.ts'
import { sampleRoutes } from './routes/samples.ts'
import { sourceRoutes } from './routes/sources.ts'
import { versionRoutes } from './routes/versions.ts'
import { workspaceRoutes } from './routes/workspace.ts'

const ROUTES: readonly Routes[] = [
  workspaceRoutes, sourceRoutes, sampleRoutes, destinationRoutes, catalogRoutes, functionRoutes, versionRoutes, insertInstanceRoutes,
  previewRoutes, invokeRoutes, deliveryRoutes, ledgerRoutes, catcherRoutes,
]

/** Adds the management API under /api, and /healthz and /readyz beside it. */
export function registerApi(app: FastifyInstance, deps: ApiDeps): void {
  healthRoutes(app, deps)
  void app.register(async (plain) => {
    await plain.register(swagger, {
      openapi: { openapi: '3.1.0', info: { title: 'Sluice management API', version: VERSION }, components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } }, security: [{ token: [] }] },
      transform: jsonSchemaTransform,
      transformObject: jsonSchemaTransformObject,
    })
    const scope = withZod(plain)
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(JSON_TYPES, { parseAs: 'string', bodyLimit: limits.apiBodyBytesMax }, parseJson)
    scope.addHook('onRequest', requireToken(deps.adminToken))
    scope.setErrorHandler(answerError(deps.log))
    scope.setNotFoundHandler((request) => {
      throw new SluiceError('not_found', { message: `There is no ${request.method} ${request.url.split('?')[0]}.` })
    })
    for (const routes of ROUTES) routes(scope, deps)
    scope.get('/openapi.json', { schema: { hide: true } }, () => scope.swagger())
  }, { prefix: '/api' })
}
