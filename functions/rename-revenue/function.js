// Plain JavaScript, as it would be pasted from Segment's editor: no types, no modules, not strict.
// `amount` is never declared, which sloppy mode allows; Segment's own examples do it, so it has to work here.

async function onTrack(event, settings) {
  if (event.properties && event.properties.total !== undefined) {
    amount = Number(event.properties.total)
    if (isNaN(amount)) throw new InvalidEventPayload('total is not a number: ' + event.properties.total)
    event.properties.revenue = amount
    delete event.properties.total
  }
  return event
}

async function onIdentify(event) {
  return event
}

async function onPage(event) {
  return event
}
