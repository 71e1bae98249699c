interface DropSettings {
  domains: string[]
}

function onIdentify(event: IdentifyEvent, settings: DropSettings): IdentifyEvent {
  return passOutsiders(event, event.traits, settings)
}

function onTrack(event: TrackEvent, settings: DropSettings): TrackEvent {
  return passOutsiders(event, event.properties, settings)
}

function onPage(event: PageEvent, settings: DropSettings): PageEvent {
  return passOutsiders(event, event.properties, settings)
}

function onScreen(event: ScreenEvent, settings: DropSettings): ScreenEvent {
  return passOutsiders(event, event.properties, settings)
}

function onGroup(event: GroupEvent): GroupEvent {
  return event
}

function onAlias(event: AliasEvent): AliasEvent {
  return event
}

function passOutsiders<Kind extends SegmentEvent>(event: Kind, fields: JsonObject | undefined, settings: DropSettings): Kind {
  const traits = event.context?.traits as JsonObject | undefined
  const email = fields?.email ?? traits?.email
  const domain = typeof email === 'string' ? email.toLowerCase().split('@').at(-1)! : ''
  if (settings.domains.includes(domain)) throw new DropEvent(`${domain} is internal`)
  return event
}
