interface SlackSettings {
  webhookUrl: string
  events?: string[]
}

async function onTrack(event: TrackEvent, settings: SlackSettings): Promise<void> {
  if (settings.events?.length && !settings.events.includes(event.event)) return
  const response = await fetch(settings.webhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: describe(event) }),
  })
  // Slack is busy or broken: the event is sent again later. Anything else would fail again, and ends here with a reason.
  if (response.status === 429 || response.status >= 500) throw new RetryError(`Slack answered ${response.status}`)
  if (!response.ok) throw new Error(`Slack answered ${response.status}: ${await response.text()}`)
}

function describe(event: TrackEvent): string {
  const facts = Object.entries(event.properties ?? {}).map(([name, value]) => `• ${name}: ${JSON.stringify(value)}`)
  return [`*${event.event}* by ${event.userId ?? event.anonymousId}`, ...facts].join('\n')
}
