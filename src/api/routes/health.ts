/** Whether the process lives and whether it serves; for load balancers, so without a token. */
import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from '../route.ts'

export function healthRoutes(app: FastifyInstance, { queue, runtime, ready }: ApiDeps): void {
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', (_request, reply) => {
    const serves = ready()
    return reply.code(serves ? 200 : 503).send({
      status: serves ? 'ready' : 'not ready',
      // What a 200 of the tracking API stands for.
      durability: queue.durability,
      sandbox: runtime.sandboxLevel(),
      isolateHosts: runtime.childPids().length,
      queue: queue.depth(),
    })
  })
}
