// Set the webhook's content type to application/json on GitHub; the address is the source's `webhookUrl`.

interface GitHubWebhook {
  action?: string
  ref?: string
  commits?: { id: string }[]
  issue?: { number: number, title: string }
  repository?: { full_name: string }
  sender?: { id: number, login: string, html_url: string }
}

async function onRequest(request: FunctionRequest): Promise<void> {
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
