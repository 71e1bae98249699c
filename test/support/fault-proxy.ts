/**
 * Stands between a client and Sluice and has bad moments: the next POSTs get the faults that a test asked for, everything else passes.
 * What it passes it does not change, the Host header included, so that Sluice's own addresses lead back through it.
 */
import { createServer, request as sendRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A status to answer instead of asking Sluice, or a connection that breaks: before Sluice hears of the call, or after it has answered. */
export type Fault = { status: number, headers?: Record<string, string> } | 'reset' | 'reset-after'

export interface FaultProxy extends AsyncDisposable {
  url: string
  /** The next POSTs get these, one each, in this order. */
  failNext(...faults: Fault[]): void
  /** Faults that nobody has met yet. */
  left(): number
  /** The POSTs that came, faulty ones too: their path and their headers. */
  posts(): readonly { url: string, headers: IncomingMessage['headers'], at: number }[]
}

export async function startFaultProxy(target: { port: number }): Promise<FaultProxy> {
  const faults: Fault[] = []
  const posts: { url: string, headers: IncomingMessage['headers'], at: number }[] = []
  const server = createServer((request, response) => {
    const isPost = request.method === 'POST'
    if (isPost) posts.push({ url: request.url!, headers: request.headers, at: performance.now() })
    const fault = isPost ? faults.shift() : undefined
    if (fault === undefined || fault === 'reset-after') return pass(request, response, { port: target.port, resets: fault === 'reset-after' })
    request.resume().on('end', () => {
      if (fault === 'reset') return void request.socket.resetAndDestroy()
      response.writeHead(fault.status, { ...originHeaders(request), 'content-type': 'application/json', ...fault.headers }).end('{}')
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failNext: (...next) => { faults.push(...next) },
    left: () => faults.length,
    posts: () => posts,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

function pass(request: IncomingMessage, response: ServerResponse, { port, resets }: { port: number, resets: boolean }): void {
  const upstream = sendRequest({ host: '127.0.0.1', port, method: request.method, path: request.url, headers: request.headers, agent: false }, (answer) => {
    if (resets) return void answer.resume().on('end', () => request.socket.resetAndDestroy())
    response.writeHead(answer.statusCode!, answer.headers)
    answer.pipe(response)
  })
  upstream.on('error', () => request.socket.resetAndDestroy())
  request.on('error', () => upstream.destroy()).pipe(upstream)
}

/** As Sluice's own refusals: a page may read them. */
function originHeaders(request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers
  return origin === undefined ? {} : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', 'access-control-expose-headers': 'Retry-After, X-RateLimit-Reset' }
}
