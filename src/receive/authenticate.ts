/** From a request to its source. Write keys are public names, not secrets. */
import type { JsonObject } from '../model/event.ts'
import type { SourcePlan, Snapshot } from '../model/snapshot.ts'

export type Authenticated =
  | { ok: true, plan: SourcePlan }
  /** `sourceId` is empty when no source has the key. */
  | { ok: false, code: 'unknown_source' | 'source_disabled', sourceId: string }

/** Where a request may name its write key. */
export interface KeyPlaces {
  authorization?: string
  /** `X-Write-Key`, as Jitsu's clients send it. */
  writeKeyHeader?: string
  body?: JsonObject
  query?: unknown
}

const BASIC = /^basic +(\S+) *$/i

/**
 * The user name of a Basic header: the part before the first colon, or all of it when there is none. The base64 may be
 * URL-safe and unpadded. Undefined when the header is absent, of another scheme, or names nobody; then other places count.
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

/**
 * The first place that names a key decides, even when only a later one's is known: two different keys are a mistake that guessing
 * would hide. Headers come first, since Jitsu's clients mask the key in the body; then the body, then `?writeKey=`.
 */
export function findSource(snapshot: Snapshot, places: KeyPlaces): Authenticated {
  const sourceId = sourceIdOf(snapshot, writeKeyOfHeader(places.authorization) ?? places.writeKeyHeader ?? places.body?.writeKey ?? queryKey(places.query))
  const plan = sourceId === undefined ? undefined : snapshot.sources.get(sourceId)
  if (!plan) return { ok: false, code: 'unknown_source', sourceId: '' }
  if (!plan.source.enabled) return { ok: false, code: 'source_disabled', sourceId: plan.source.id }
  return { ok: true, plan }
}

/** Jitsu calls `id:secret` what is a write key here; the id alone will do. */
function sourceIdOf({ sourceIdByWriteKey }: Snapshot, key: unknown): string | undefined {
  if (typeof key !== 'string') return undefined
  const colon = key.indexOf(':')
  return sourceIdByWriteKey.get(key) ?? (colon > 0 ? sourceIdByWriteKey.get(key.slice(0, colon)) : undefined)
}

function queryKey(query: unknown): unknown {
  return typeof query === 'object' && query !== null && 'writeKey' in query ? query.writeKey : undefined
}
