// An insert function: takes out personal fields, decodes one, drops tests.
zlib = zlib.zlib

async function onTrack(event, settings) {
  uuidv5 = uuidv5.uuidv5
  if (event.properties.test) throw new DropEvent('a test')
  const details = JSON.parse(zlib.inflateSync(Buffer.from(event.properties.details, 'base64')).toString())
  event.properties = _.omit(Object.assign({}, event.properties, details), ['ssn', 'details'])
  event.properties.ref = uuidv5('url', 'https://example.com/' + event.messageId)
  return event
}
