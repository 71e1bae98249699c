// Runs once for each event of a source, before all destinations. What a handler returns goes on;
// a type without a handler would stop here, so each has one.

function onIdentify(event: IdentifyEvent): IdentifyEvent {
  return enrich(event, event.traits)
}

function onTrack(event: TrackEvent): TrackEvent {
  return enrich(event, (event.properties ??= {}))
}

function onPage(event: PageEvent): PageEvent {
  return enrich(event, (event.properties ??= {}))
}

function onScreen(event: ScreenEvent): ScreenEvent {
  return enrich(event, (event.properties ??= {}))
}

function onGroup(event: GroupEvent): GroupEvent {
  return enrich(event, event.traits)
}

function onAlias(event: AliasEvent): AliasEvent {
  return event
}

function onDelete(event: DeleteEvent): DeleteEvent {
  return event
}

/** Changes the event itself: it is this call's own copy. */
function enrich<Kind extends SegmentEvent>(event: Kind, fields: JsonObject = {}): Kind {
  const email = typeof fields.email === 'string' ? fields.email.trim().toLowerCase() : undefined
  if (email !== undefined) fields.email = email
  if ('properties' in event) fields.enriched = true
  event.context = { ...event.context, enrichment: { by: 'demo-enrich', emailDomain: email?.split('@')[1] ?? null } }
  return event
}
