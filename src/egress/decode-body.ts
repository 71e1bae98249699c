/** Undoes an answer's Content-Encoding, never making more than the cap of it. */
import { promisify } from 'node:util'
import zlib from 'node:zlib'

const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip)
const inflate = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.inflate)
const inflateRaw = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.inflateRaw)
const brotli = promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress)

/** What we say we can take. */
export const ACCEPT_ENCODING = 'gzip, br, deflate'

/** More layers than this are only ever seen in attacks on the decoder. */
const LAYERS_MAX = 3

export type Decoded = { ok: true, body: Uint8Array } | { ok: false, tooLarge: boolean }

/** An encoding that is not known leaves the body as it came; the caller sees the header. */
export async function decodeBody(body: Uint8Array, contentEncoding: string | undefined, bytesMax: number): Promise<Decoded> {
  if (contentEncoding === undefined || body.byteLength === 0) return { ok: true, body }
  const layers = contentEncoding.toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity').toReversed()
  if (layers.length > LAYERS_MAX) return { ok: false, tooLarge: false }
  let decoded = body
  for (const layer of layers) {
    try {
      const next = await decodeLayer(decoded, layer, bytesMax)
      if (next === undefined) break
      decoded = next
    } catch (error) {
      return { ok: false, tooLarge: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' }
    }
  }
  return { ok: true, body: decoded }
}

function decodeLayer(body: Uint8Array, name: string, bytesMax: number): Promise<Uint8Array> | undefined {
  const options = { maxOutputLength: bytesMax }
  switch (name) {
    case 'gzip':
    case 'x-gzip': return gunzip(body, options)
    case 'br': return brotli(body, options)
    // Half of the servers that say deflate send it bare, the other half in zlib's wrapping (whose first byte ends in 8).
    case 'deflate': return (body[0]! & 0x0f) === 8 ? inflate(body, options) : inflateRaw(body, options)
    default: return undefined
  }
}
