/** Bodies that are refused for their size, and are still on their way. */
import type { FastifyRequest } from 'fastify'

/**
 * Reads what is left of a body and throws it away; resolves at its end, and at `bytesMax` at the latest. A client that is still
 * writing when the connection closes sees it break, and never the answer that says why.
 */
export function readOut(request: FastifyRequest['raw'], bytesMax: number): Promise<void> {
  return new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) return resolve()
    let bytes = 0
    const finish = (): void => {
      request.off('data', take).off('end', finish).off('close', finish).off('error', finish)
      resolve()
    }
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > bytesMax) finish()
    }
    request.on('data', take).on('end', finish).on('close', finish).on('error', finish)
  })
}
