// Set the webhook's content type to application/json on GitHub; the address is the source's `webhookUrl`.

interface GitHubWebhook {
  action?: string
  ref?: string
  commits?: { id: string }[]
  issue?: { number: number, title: string }
  repository?: { full_name: string }
  sender?: { id: number, login: string, html_url: string }
}

interface Settings {
  secret: string
}

/** `sha256=` and the HMAC-SHA256 of the exact bytes; without a secret in the settings every webhook is taken. */
function isSigned(request: FunctionRequest, { secret }: Settings): boolean {
  if (!secret) return true
  const expected = Buffer.from(`sha256=${crypto.createHmac('sha256', secret).update(request.text()).digest('hex')}`)
  const given = Buffer.from(request.headers.get('X-Hub-Signature-256') ?? '')
  return given.length === expected.length && crypto.timingSafeEqual(given, expected)
}

async function onRequest(request: FunctionRequest, settings: Settings): Promise<Response | void> {
  if (!isSigned(request, settings)) return new Response('The signature does not fit.', { status: 401 })
  const kind = request.headers.get('X-GitHub-Event')
  const body = request.json() as GitHubWebhook
  if (kind === 'ping' || body.sender === undefined) return

  const userId = `github-${body.sender.id}`
  const repository = body.repository?.full_name ?? null
  Segment.identify({ userId, traits: { username: body.sender.login, website: body.sender.html_url } })
  if (kind === 'push') {
    Segment.track({ userId, event: 'Commits Pushed', properties: { repository, ref: body.ref, commits: body.commits?.length ?? 0 } })
  } else if (kind === 'issues' && body.issue !== undefined) {
    Segment.track({
      userId,
      event: body.action === 'closed' ? 'Issue Closed' : 'Issue Changed',
      properties: { repository, action: body.action, number: body.issue.number, title: body.issue.title },
    })
  } else {
    throw new EventNotSupported(`GitHub event ${kind}`)
  }
}
