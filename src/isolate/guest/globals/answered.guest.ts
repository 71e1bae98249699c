/** What `onRequest` returns, for a caller who waits for it. */
import { bytesToBase64 } from './base64.guest.ts'
import { Body } from './body.guest.ts'
import { toJson } from '../primordials.guest.ts'
import { Response } from './response.guest.ts'

/** A Response as JSON text: `{status, headers: [[name, value]], body}` or, of bytes, `base64` for `body`. "" for anything else, which answers nobody. */
export function answeredJson(result: unknown): string {
  if (!(result instanceof Response)) return ''
  const content = Body.contentOf(result)
  const headers = [...result.headers] as unknown
  const body = content === null ? { body: '' } : typeof content === 'string' ? { body: content } : { base64: bytesToBase64(content) }
  return toJson({ status: result.status, headers, ...body })
}
