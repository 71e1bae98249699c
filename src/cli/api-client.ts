/** The management API over HTTP, as far as the commands need it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asError, SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'

export interface ApiOptions {
  url?: string
  token?: string
}

export interface ApiClient {
  /**
   * One call; resolves to what `data` of the answer holds.
   * @throws Error that says what the server refused, or that it cannot be reached
   */
  call<Data>(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<Data>
}

/** Where the server is: --url, SLUICE_URL, or this machine. Without a slash at the end. */
export function serverUrl(options: ApiOptions, env: NodeJS.ProcessEnv): string {
  const text = options.url ?? env['SLUICE_URL'] ?? 'http://127.0.0.1:8080'
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new SluiceError('invalid_request', { message: `"${text}" is not the address of a server; write for example http://127.0.0.1:8080 (--url or SLUICE_URL)` })
  }
  return text.replace(/\/+$/, '')
}

export async function connectApi(options: ApiOptions, env: NodeJS.ProcessEnv): Promise<ApiClient> {
  const url = serverUrl(options, env)
  const token = options.token ?? env['SLUICE_ADMIN_TOKEN'] ?? await readTokenFile(env)
  return {
    async call(method, path, body) {
      const content = body === undefined ? {} : { body: JSON.stringify(body) }
      const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
      const signal = AbortSignal.timeout(limits.apiRequestMs)
      const response = await fetch(`${url}${path}`, { method, headers, signal, ...content }).catch((thrown: unknown) => {
        throw new Error(unreachable(url, thrown), { cause: thrown })
      })
      const text = await response.text()
      if (!response.ok) throw new Error(describeRefusal(`${method} ${path}`, response.status, text))
      return (JSON.parse(text) as { data: never }).data
    },
  }
}

async function readTokenFile(env: NodeJS.ProcessEnv): Promise<string> {
  const file = join(env['SLUICE_DATA_DIR'] || './data', 'admin-token')
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (thrown) {
    throw new SluiceError('unauthorized', { message: `No management token: give --token, set SLUICE_ADMIN_TOKEN, or run this where ${file} can be read.`, cause: thrown })
  }
}

export function unreachable(url: string, thrown: unknown): string {
  const error = asError(thrown)
  const reason = error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
  return `${url} does not answer (${reason}); is the server running? --url or SLUICE_URL names another one.`
}

/** The API's own reasons, one a line; the bare text when it is not the API that answered. */
export function describeRefusal(what: string, status: number, text: string): string {
  const reasons = readReasons(text)
  return `${what} was refused (${status}):${reasons.length === 1 ? ' ' : '\n  '}${reasons.join('\n  ')}`
}

function readReasons(text: string): string[] {
  try {
    // The management API answers a list of errors, the tracking API one {code, message}.
    const answer = JSON.parse(text) as { errors: { message: string }[] } | { message: string }
    return 'errors' in answer ? answer.errors.map(({ message }) => message) : [answer.message]
  } catch {
    // A proxy's page, or nothing at all: its beginning is all that can be said.
    return [text.slice(0, 300).trim() || 'no reason given']
  }
}
