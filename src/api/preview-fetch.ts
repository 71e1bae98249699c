/** Scripted answers for the requests of a preview, so that a function can be tried without the network. */
import { STATUS_CODES } from 'node:http'
import type { FunctionFetch } from '../isolate/runtime.ts'
import type { HttpRequest, HttpResult } from '../model/http.ts'

export interface ScriptedResponse {
  /** An address in which `*` stands for any text. */
  match: string
  status: number
  headers: Record<string, string>
  body: string
}

export interface PreviewFetch {
  /** The runtime's fetch: scripted for instances that have a script, `fetch` for all others. */
  withScriptedResponses(fetch: FunctionFetch): FunctionFetch
  /** From now on the instance with this key gets these answers, the first that matches, and no network; until the returned function is called. */
  script(instanceKey: string, responses: readonly ScriptedResponse[]): () => void
}

export function createPreviewFetch(): PreviewFetch {
  const scripts = new Map<string, readonly ScriptedResponse[]>()
  return {
    withScriptedResponses: (fetch) => (request, instance) => {
      const script = scripts.get(instance.key)
      return script ? Promise.resolve(answer(request, script)) : fetch(request, instance)
    },
    script(instanceKey, responses) {
      scripts.set(instanceKey, responses)
      return () => void scripts.delete(instanceKey)
    },
  }
}

function answer(request: HttpRequest, script: readonly ScriptedResponse[]): HttpResult {
  const scripted = script.find((response) => matches(request.url, response.match))
  if (!scripted) return { ok: false, code: 'fetch_failed', message: `No scripted response matches ${request.method} ${request.url}` }
  const headers = Object.fromEntries(Object.entries(scripted.headers).map(([name, value]) => [name.toLowerCase(), value]))
  return { ok: true, status: scripted.status, statusText: STATUS_CODES[scripted.status] ?? '', headers, body: Buffer.from(scripted.body), url: request.url }
}

/** Greedy from the left, without backtracking: a pattern costs at most its length times the address's. */
function matches(url: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return url === pattern
  if (!url.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = url.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return url.length - last.length >= at && url.endsWith(last)
}
