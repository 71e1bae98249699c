/** The `integrations` object of an event: which destinations its sender wants (contract 1.8). */
import type { Integrations } from '../model/event.ts'

/**
 * Whether `integrations` lets the event through to the destination of this (case-sensitive) name.
 * A name's own value beats `All`; an object means "yes, with options"; without either the answer is yes.
 */
export function wantsDestination(integrations: Integrations | undefined, name: string): boolean {
  if (integrations === undefined || integrations === null || typeof integrations !== 'object') return true
  const own = Object.hasOwn(integrations, name) ? integrations[name] : undefined
  if (own !== undefined) return own !== false
  return !(Object.hasOwn(integrations, 'All') && integrations.All === false)
}
