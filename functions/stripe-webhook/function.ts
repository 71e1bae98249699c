// The address for Stripe is the source's `webhookUrl`. With "answerSynchronously" in the source's settings a wrong signature is answered
// 401, which Stripe's dashboard shows; without it the webhook is taken, and discarded here.

interface StripeEvent {
  id: string
  type: string
  created: number
  data: { object: { id: string, customer?: string, amount?: number, amount_total?: number, currency?: string, email?: string, name?: string } }
}

interface Settings {
  signingSecret: string
  /** How old a webhook may be, in seconds; "0" for any age. */
  toleranceSeconds: string
}

/** Of `${time}.${body}`, over the exact bytes; one of the header's v1 signatures must fit. */
function isSigned(request: FunctionRequest, { signingSecret, toleranceSeconds }: Settings): boolean {
  const parts = (request.headers.get('Stripe-Signature') ?? '').split(',').map((part) => part.trim().split('='))
  const time = parts.find(([name]) => name === 't')?.[1] ?? ''
  const tolerance = Number(toleranceSeconds || '300')
  if (tolerance > 0 && !(Math.abs(Date.now() / 1000 - Number(time)) <= tolerance)) return false
  const expected = crypto.createHmac('sha256', signingSecret).update(`${time}.${request.text()}`).digest()
  return parts.some(([name, given = '']) => name === 'v1' && isSame(Buffer.from(given, 'hex'), expected))
}

function isSame(given: Uint8Array, expected: Uint8Array): boolean {
  return given.length === expected.length && crypto.timingSafeEqual(given, expected)
}

async function onRequest(request: FunctionRequest, settings: Settings): Promise<Response | void> {
  if (!isSigned(request, settings)) return new Response('The signature does not fit.', { status: 401 })
  const event = request.json() as StripeEvent
  const { object } = event.data
  const userId = object.customer ?? object.id
  // Stripe sends a webhook again until it is answered; the same messageId makes one event of them.
  const common = { userId, messageId: event.id, timestamp: new Date(event.created * 1000).toISOString() }
  switch (event.type) {
    case 'customer.created':
    case 'customer.updated':
      Segment.identify({ ...common, traits: { email: object.email ?? null, name: object.name ?? null } })
      break
    case 'checkout.session.completed':
    case 'charge.succeeded':
      Segment.track({
        ...common, event: event.type === 'charge.succeeded' ? 'Charge Succeeded' : 'Checkout Completed',
        properties: { id: object.id, revenue: (object.amount_total ?? object.amount ?? 0) / 100, currency: object.currency?.toUpperCase() ?? null },
      })
      break
    default:
      throw new EventNotSupported(`Stripe's ${event.type}`)
  }
}
