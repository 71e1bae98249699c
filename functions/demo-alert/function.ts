interface AlertSettings {
  largeOrder?: string
  webhookUrl?: string
}

/** Only track events are of interest; the other types, which have no handler, end as unsupported_event_type. */
async function onTrack(event: TrackEvent, settings: AlertSettings): Promise<void> {
  const revenue = Number(event.properties?.revenue ?? 0)
  if (event.event !== 'Order Completed' || !(revenue >= Number(settings.largeOrder || 100))) return
  console.log(`Large order: ${revenue} by ${event.userId ?? event.anonymousId}`)
  if (!settings.webhookUrl) return

  const response = await fetch(settings.webhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    // The messageId lets the other side recognise a repeat.
    body: JSON.stringify({ id: event.messageId, user: event.userId, revenue }),
  })
  if (response.status === 429 || response.status >= 500) throw new RetryError(`The alert's address answered ${response.status}`)
  if (!response.ok) throw new Error(`The alert's address answered ${response.status}`)
}
