// For Slack's Events API: the address is the source's `webhookUrl`, and the source needs "answerSynchronously", since Slack
// waits for its challenge.

interface SlackBody {
  type: string
  challenge?: string
  event_id?: string
  event_time?: number
  event?: { type: string, user?: string, channel?: string }
}

interface Settings {
  signingSecret: string
  /** How old a request may be, in seconds; "0" for any age. */
  toleranceSeconds: string
}

/** `v0=` and the HMAC-SHA256 of `v0:${time}:${body}`, over the exact bytes. */
function isSigned(request: FunctionRequest, { signingSecret, toleranceSeconds }: Settings): boolean {
  const time = request.headers.get('X-Slack-Request-Timestamp') ?? ''
  const tolerance = Number(toleranceSeconds || '300')
  if (tolerance > 0 && !(Math.abs(Date.now() / 1000 - Number(time)) <= tolerance)) return false
  const expected = Buffer.from(`v0=${crypto.createHmac('sha256', signingSecret).update(`v0:${time}:${request.text()}`).digest('hex')}`)
  const given = Buffer.from(request.headers.get('X-Slack-Signature') ?? '')
  return given.length === expected.length && crypto.timingSafeEqual(given, expected)
}

async function onRequest(request: FunctionRequest, settings: Settings): Promise<Response | void> {
  if (!isSigned(request, settings)) return new Response('The signature does not fit.', { status: 401 })
  const body = request.json() as SlackBody
  if (body.type === 'url_verification') return new Response(body.challenge ?? '', { headers: { 'Content-Type': 'text/plain' } })
  if (body.event?.user === undefined) return
  Segment.track({
    userId: `slack-${body.event.user}`, event: `Slack ${body.event.type}`, messageId: body.event_id,
    timestamp: body.event_time === undefined ? undefined : new Date(body.event_time * 1000).toISOString(),
    properties: { channel: body.event.channel ?? null },
  })
}
