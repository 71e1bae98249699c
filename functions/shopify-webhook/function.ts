// The address for Shopify is the source's `webhookUrl`. With "answerSynchronously" in the source's settings a wrong signature is answered
// 401, so that Shopify shows the webhook as failed; without it the webhook is taken, and discarded here.

interface Order {
  id: number
  name?: string
  total_price?: string
  currency?: string
  created_at?: string
  customer?: { id: number, email?: string, first_name?: string, last_name?: string }
}

interface Settings {
  signingSecret: string
}

/** HMAC-SHA256 of the exact bytes, in base64. */
function isSigned(request: FunctionRequest, { signingSecret }: Settings): boolean {
  const given = Buffer.from(request.headers.get('X-Shopify-Hmac-Sha256') ?? '', 'base64')
  const expected = crypto.createHmac('sha256', signingSecret).update(request.text()).digest()
  return given.length === expected.length && crypto.timingSafeEqual(given, expected)
}

const NAMES: Record<string, string> = { 'orders/create': 'Order Placed', 'orders/paid': 'Order Paid', 'orders/cancelled': 'Order Cancelled' }

async function onRequest(request: FunctionRequest, settings: Settings): Promise<Response | void> {
  if (!isSigned(request, settings)) return new Response('The signature does not fit.', { status: 401 })
  const topic = request.headers.get('X-Shopify-Topic') ?? ''
  const event = NAMES[topic]
  if (event === undefined) throw new EventNotSupported(`Shopify's ${topic}`)
  const order = request.json() as Order
  const userId = `shopify-${order.customer?.id ?? `order-${order.id}`}`
  const sent = request.headers.get('X-Shopify-Webhook-Id') ?? `${order.id}`
  if (order.customer !== undefined) {
    const { email, first_name: firstName, last_name: lastName } = order.customer
    Segment.identify({ userId, messageId: `${sent}-customer`, traits: { email: email ?? null, firstName: firstName ?? null, lastName: lastName ?? null } })
  }
  Segment.track({
    userId, event, messageId: sent, timestamp: order.created_at,
    properties: { orderId: String(order.id), name: order.name ?? null, revenue: Number(order.total_price ?? 0), currency: order.currency ?? null },
  })
}
