/** What a source received lately, in the form in which a preview takes it. */
import { z } from 'zod'
import { limits } from '../../base/limits.ts'
import { EVENT_TYPES } from '../../model/event.ts'
import { soundsSecret } from '../../model/secret-name.ts'
import type { Routes } from '../route.ts'
import { BY_ID, envelope } from '../shapes.ts'

const QUERY = z.strictObject({
  type: z.enum([...EVENT_TYPES, 'webhook']).optional().meta({ description: '`webhook`: the requests that a source function got.' }),
  count: z.coerce.number().int().min(1).max(limits.recentEventsShown).default(10),
})
const SAMPLE = z.object({ payload: z.unknown().meta({ description: '`payload` of POST /functions/preview: an event, or {body, headers, queryParameters} of a webhook.' }) })

export const sampleRoutes: Routes = (scope, { control, recentEvents }) => {
  scope.get('/sources/:id/samples', { schema: { tags: ['Sources'], summary: 'Some of the newest events of a source, for previews; kept in memory only', params: BY_ID, querystring: QUERY, response: envelope({ samples: z.array(SAMPLE) }) } }, async ({ params, query }) => {
    await control.sources.get(params.id)
    const samples = recentEvents(params.id, query).map((text) => {
      const value = JSON.parse(text) as unknown
      return { payload: query.type === 'webhook' ? webhookOf(value as Webhook) : value }
    })
    return { data: { samples } }
  })
}

interface Webhook {
  body: string
  headers: Record<string, string>
  url: string
}

/** What a caller proves itself with is nobody's business in an editor. */
function webhookOf({ body, headers, url }: Webhook) {
  return {
    body,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, soundsSecret(name) ? '[redacted]' : value])),
    queryParameters: Object.fromEntries(new URL(url).searchParams),
  }
}
