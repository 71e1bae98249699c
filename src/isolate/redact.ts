/**
 * Hides credentials in what is shown of an invocation: the values of headers and query parameters whose names say that they are
 * secret, and the values of sensitive settings wherever they appear. Only failures and traces come here.
 */
import type { RunnableInstance } from '../model/function.ts'
import type { FunctionRequest } from '../model/outcome.ts'
import { soundsSecret } from '../model/secret-name.ts'
import type { RunResult, RunTrace } from './runtime.ts'

const HIDDEN = '[redacted]'
/** Shorter ones are in every second text by chance. */
const SECRET_CHARS_MIN = 4

type Redact = (text: string) => string
const redactors = new WeakMap<RunnableInstance, Redact>()

/** The same result without the instance's secrets; one that shows nothing is handed back as it is. */
export function redactResult(result: RunResult, instance: RunnableInstance): RunResult {
  if (result.outcome === 'ok') return result.trace === undefined ? result : { ...result, trace: redactTrace(result.trace, redactorOf(instance)) }
  const redact = redactorOf(instance)
  return {
    ...result,
    ...(result.error && { error: { ...result.error, message: redact(result.error.message), ...(result.error.stack !== undefined && { stack: redact(result.error.stack) }) } }),
    ...(result.trace && { trace: redactTrace(result.trace, redact) }),
  } as RunResult
}

function redactTrace(trace: RunTrace, redact: Redact): RunTrace {
  return {
    ...trace,
    logs: trace.logs.map((log) => ({ ...log, message: redact(log.message) })),
    requests: trace.requests.map((request) => redactRequest(request, redact)),
  }
}

function redactRequest(request: FunctionRequest, redact: Redact): FunctionRequest {
  const { headers, url, body, responseBody, error } = request
  return {
    ...request,
    url: redact(redactUrl(url)),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, soundsSecret(name) ? HIDDEN : redact(value)])),
    body: redact(body),
    ...(responseBody !== undefined && { responseBody: redact(responseBody) }),
    ...(error !== undefined && { error: redact(error) }),
  }
}

/** By text and not by URL, which would write the rest of the address in another way than the author did. */
function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#@]*@/i, `$1${HIDDEN}@`)
    .replace(/([?&])([^=&#]+)=([^&#]*)/g, (whole, mark: string, name: string) => (soundsSecret(name) ? `${mark}${name}=${HIDDEN}` : whole))
}

function redactorOf(instance: RunnableInstance): Redact {
  let redact = redactors.get(instance)
  if (redact === undefined) redactors.set(instance, redact = makeRedact(instance.secrets ?? []))
  return redact
}

/** A secret is looked for as it is, and as it stands in JSON, in an address and in a Basic header. */
function makeRedact(secrets: readonly string[]): Redact {
  const forms = new Set(secrets.filter((secret) => secret.length >= SECRET_CHARS_MIN)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed()), Buffer.from(secret).toString('base64'), Buffer.from(`${secret}:`).toString('base64')]))
  if (forms.size === 0) return (text) => text
  // The longest first: a secret may be the beginning of another.
  const pattern = new RegExp([...forms].sort((one, other) => other.length - one.length).map((form) => form.replace(/[^\w]/g, '\\$&')).join('|'), 'g')
  return (text) => text.replace(pattern, HIDDEN)
}
