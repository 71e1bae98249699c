// A destination as people paste it from Segment's editor: names that were never declared, headers made at module scope, a missing setting.
const headers = new Headers({
  Authorization: 'Basic ' + btoa('api:' + 'token'),
  'Content-Type': 'application/json'
})
const endpoint = new URL('https://crm.example.com/v2/contacts')

async function onIdentify(event, settings) {
  email = _.get(event, 'traits.email')
  if (!email) throw new InvalidEventPayload('email is required')
  body = {
    email: email,
    name: _.startCase(event.traits.name),
    signedUp: moment(event.timestamp).utc().format('YYYY-MM-DD'),
    hash: crypto.createHash('sha256').update(email.toLowerCase().trim()).digest('hex'),
    custom: {}
  }
  for (i = 0; i < (settings.customFields || []).length; i++) {
    field = settings.customFields[i]
    body.custom[field] = event.traits[field]
  }
  response = await fetch(endpoint, { method: 'post', headers: headers, body: JSON.stringify(body) })
  if (response.status >= 500 || response.status == 429) throw new RetryError('CRM answered ' + response.status)
  if (!response.ok) throw new Error(await response.text())
  return await response.json()
}

async function onTrack(event, settings) {
  throw new EventNotSupported('track is not supported')
}
