/** A webhook as the editor and `invoke` give it, to the payload that the runtime hands to `onRequest`. */
import { z } from 'zod'
import { SluiceError } from '../base/errors.ts'

const TEXTS = z.record(z.string(), z.string())
const Webhook = z.strictObject({
  /** The exact text, or a value to send as JSON. */
  body: z.json().default(''),
  headers: TEXTS.default({}),
  queryParameters: TEXTS.default({}),
})

/** JSON text of {body, headers, url}. @throws SluiceError invalid_request naming the field below `field` */
export function requestPayload(value: unknown, { field, publicUrl }: { field: string, publicUrl: string }): string {
  const parsed = Webhook.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const path = [field, ...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].join('.')
    throw new SluiceError('invalid_request', { message: `${path}: a source function takes {body, headers, queryParameters}; ${issue.message}`, field: path })
  }
  const { body, headers, queryParameters } = parsed.data
  const url = new URL('/fn/preview', publicUrl)
  for (const [name, text] of Object.entries(queryParameters)) url.searchParams.set(name, text)
  return JSON.stringify({
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: typeof body === 'string' ? headers : { 'content-type': 'application/json', ...headers },
    url: url.href,
  })
}
