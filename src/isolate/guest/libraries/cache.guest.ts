/** What an author keeps between events: live values of this isolate, gone with it (contract 2.11). */
import { invocation, onInvocationEnd } from '../invocation.guest.ts'
import { now } from '../primordials.guest.ts'

/** The ones that were not used for the longest time go first. */
const ENTRIES_MAX = 1_000

interface CacheEntry {
  value: Promise<unknown>
  /** undefined: still loading. */
  untilMs: number | undefined
  /** The event that began to load it; -1 while the code loads. */
  index: number
}

/** In the order of use. */
const entries = new Map<string, CacheEntry>()

type Load = () => unknown

function load(key: unknown, ttlMs: unknown, fn?: unknown): Promise<unknown> {
  if (typeof key !== 'string') throw new TypeError('cache.load(key, ttl, fn): key must be a string.')
  const make = typeof ttlMs === 'function' ? ttlMs : fn
  if (typeof make !== 'function') throw new TypeError('cache.load(key, ttl, fn): fn must be a function.')
  const found = entries.get(key)
  if (found !== undefined && (found.untilMs === undefined || now() < found.untilMs)) {
    entries.delete(key)
    entries.set(key, found)
    return found.value
  }
  return start(key, typeof ttlMs === 'number' && ttlMs >= 0 ? ttlMs : Infinity, make as Load)
}

/** Callers that come meanwhile share it; a failure is theirs too, and then forgotten. */
function start(key: string, ttlMs: number, make: Load): Promise<unknown> {
  const value = Promise.resolve().then(make)
  const entry: CacheEntry = { value, untilMs: undefined, index: invocation.index }
  entries.set(key, entry)
  if (entries.size > ENTRIES_MAX) entries.delete(entries.keys().next().value!)
  value.then(() => {
    entry.untilMs = now() + ttlMs
  }, () => {
    if (entries.get(key) === entry) entries.delete(key)
  })
  return value
}

// What an event was still loading when it ended may never arrive, since its requests ended with it.
onInvocationEnd(() => {
  for (const [key, entry] of entries) {
    if (entry.untilMs === undefined && entry.index !== -1) entries.delete(key)
  }
})

export const cache = {
  load,
  delete: (key: string): void => void entries.delete(key),
}
