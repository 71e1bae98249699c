/** Whether a user agent is a crawler's, a monitor's or a script's, by the list that the package `isbot` keeps. */
import { isbot } from 'isbot'
import { limits } from '../base/limits.ts'

/** The list is one long regular expression (5 us); the same few agents send nearly everything. */
let known = new Map<string, boolean>()

export function isBot(userAgent: unknown): boolean {
  if (typeof userAgent !== 'string' || userAgent === '') return false
  const before = known.get(userAgent)
  if (before !== undefined) return before
  const found = isbot(userAgent)
  if (known.size >= limits.knownUserAgentsMax) known = new Map()
  known.set(userAgent, found)
  return found
}
