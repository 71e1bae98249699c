/** `_metadata.bundled` of an event: the destinations that the browser has sent it to itself. */
import type { EventCarrier } from '../model/event.ts'

/** analytics.js always names "Segment.io" alone, which is us. Events are not parsed for the lists that tell nothing. */
const TELLS_SOMETHING = /"bundled":\[(?!\]|"Segment\.io"\])/

export function isServedByBrowser(event: EventCarrier, integrationName: string): boolean {
  // The plain search first: it is the only one that most events cost anything.
  if (!event.text.includes('"bundled":[') || !TELLS_SOMETHING.test(event.text)) return false
  const metadata = event.parse()['_metadata']
  const bundled = typeof metadata === 'object' && metadata !== null && 'bundled' in metadata ? metadata.bundled : undefined
  return Array.isArray(bundled) && bundled.includes(integrationName)
}
