/** node bare-route.ts PORT: a fastify route that parses the body of POST /v1/batch and answers 200. */
import fastify from 'fastify'

const app = fastify({ bodyLimit: 1024 ** 2 })
app.post('/v1/batch', () => ({ success: true }))
await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
