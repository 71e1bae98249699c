/** From a request to its source: the write key of the Basic header, else the one in the body. Write keys are public names, not secrets. */
import type { SourcePlan, Snapshot } from '../model/snapshot.ts'

export type Authenticated =
  | { ok: true, plan: SourcePlan }
  /** `sourceId` is empty when no source has the key. */
  | { ok: false, code: 'unknown_source' | 'source_disabled', sourceId: string }

const BASIC = /^basic +(\S+) *$/i

/**
 * The user name of a Basic header: the part before the first colon, or all of it when there is none. The base64 may be
 * URL-safe and unpadded. Undefined when the header is absent, of another scheme, or names nobody; then the body's key counts.
 */
export function writeKeyOfHeader(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const encoded = BASIC.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  const key = colon < 0 ? decoded : decoded.slice(0, colon)
  return key === '' ? undefined : key
}

/** The header wins over the body, even when only the body's key is known: two different keys are a mistake that guessing would hide. */
export function findSource(snapshot: Snapshot, headerKey: string | undefined, bodyKey: unknown): Authenticated {
  const key = headerKey ?? bodyKey
  const sourceId = typeof key === 'string' ? snapshot.sourceIdByWriteKey.get(key) : undefined
  const plan = sourceId === undefined ? undefined : snapshot.sources.get(sourceId)
  if (!plan) return { ok: false, code: 'unknown_source', sourceId: '' }
  if (!plan.source.enabled) return { ok: false, code: 'source_disabled', sourceId: plan.source.id }
  return { ok: true, plan }
}
