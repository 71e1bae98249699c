/** node floor-server.ts PORT TRANSFORM: one plain process, parse, call, stringify, no sandbox. */
import { createServer } from 'node:http'
import { TRANSFORMS } from './transforms.ts'
import type { TransformName } from './transforms.ts'

const [port, name] = process.argv.slice(2)
const transform = TRANSFORMS[name as TransformName]

createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const results: unknown[] = []
    for (const event of JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>[]) {
      const result = transform(event)
      if (result != null) results.push(result)
    }
    const body = Buffer.from(JSON.stringify(results))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
}).listen(Number(port), '127.0.0.1')
