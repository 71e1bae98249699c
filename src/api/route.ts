/** What a route file is: a function that adds the routes of one noun to the API's scope. */
import type { FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Control } from '../control/control.ts'
import type { Db } from '../db/schema.ts'
import type { FunctionRuntime } from '../isolate/runtime.ts'
import type { Queue } from '../queue/queue.ts'
import type { PreviewFetch } from './preview-fetch.ts'

export interface ApiDeps {
  control: Control
  db: Db
  queue: Queue
  runtime: FunctionRuntime
  /** The runtime's fetch must be wrapped by it, so that previews can script answers. */
  preview: PreviewFetch
  /** JSON texts of some of the newest events of a source, newest first; of one type (or `webhook`) when it is given. */
  recentEvents: (sourceId: string, request: { type?: string, count: number }) => string[]
  adminToken: string
  /** Where clients reach this server, without a slash at the end. */
  publicUrl: () => string
  /** False while the process starts or stops: /readyz answers 503. */
  ready: () => boolean
  clock: Clock
  log: Log
}

/** Adds its routes; bodies, queries and answers are zod schemas, strict where a person writes them. */
export type Routes = (scope: ApiScope, deps: ApiDeps) => void

export type ApiScope = ReturnType<typeof withZod>

export function withZod(app: FastifyInstance) {
  return app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler).withTypeProvider<ZodTypeProvider>()
}
