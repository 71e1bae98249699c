/**
 * Proof that a webhook comes from here, in the two ways receivers know. Both cover the exact body, so a batch is signed whole
 * (Segment signs only its first event).
 *
 * - `X-Signature`: hex HMAC-SHA1 of the body, as Segment's webhooks have it.
 * - Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` and `webhook-signature`, which also
 *   covers id and time, so that a receiver can refuse an old request that somebody plays back.
 */
import { createHash, createHmac } from 'node:crypto'

export interface Signed {
  body: Uint8Array
  secret: string
  /** Equal for every attempt at sending the same events. */
  id: string
  /** Milliseconds since 1970. */
  now: number
}

export function signatureHeaders({ body, secret, id, now }: Signed): Record<string, string> {
  const seconds = String(Math.floor(now / 1_000))
  const standard = createHmac('sha256', standardKey(secret)).update(`${id}.${seconds}.`).update(body).digest('base64')
  return {
    'X-Signature': createHmac('sha1', secret).update(body).digest('hex'),
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${standard}`,
  }
}

/** Standard Webhooks writes keys as `whsec_` and base64; any other secret is its own bytes. */
function standardKey(secret: string): Uint8Array | string {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret
}

/** One event goes by its own id; a batch, and an id that is no header text or has the dot that separates what is signed, by a digest. */
export function webhookId(messageIds: readonly string[]): string {
  const [only] = messageIds
  if (messageIds.length === 1 && only !== undefined && /^[\w-]{1,100}$/.test(only)) return only
  return `msg_${createHash('sha256').update(JSON.stringify(messageIds)).digest('base64url')}`
}
