// Drops what has no userId, renames one property, adds one trait.
interface TrackedEvent {
  userId?: string
  properties?: Record<string, unknown>
  context?: { traits?: Record<string, unknown> }
}

export function transform(event: TrackedEvent): TrackedEvent | null {
  if (!event.userId) return null
  const { properties } = event
  if (properties && properties['total'] !== undefined) {
    properties['revenue'] = properties['total']
    delete properties['total']
  }
  const context = (event.context ??= {})
  const traits = (context.traits ??= {})
  traits['identified'] = true
  return event
}
