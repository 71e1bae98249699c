// A source that checks the signature of what was sent, byte for byte.
async function onRequest(request, settings) {
  const signature = request.headers.get('X-Signature')
  const expected = crypto.createHmac('sha256', settings.secret).update(request.text()).digest('base64')
  if (signature !== expected) throw new ValidationError('the signature is wrong')
  const body = request.json()
  const source = request.url.searchParams.get('source')
  const phone = libphonenumberjslib.libphonenumberjs.parsePhoneNumber(body.phone, 'US')
  Segment.identify({ userId: body.id, traits: { phone: phone.number } })
  Segment.track({ event: _.startCase(body.type), userId: body.id, properties: { source: source, note: xml([{ note: body.note }]) } })
  Segment.set({ collection: 'orders', id: body.order, properties: { total: body.total } })
}
