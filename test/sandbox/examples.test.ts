/** Every folder of `functions/` in the real runtime: each example payload must end as its file says. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { readFunctionFolder } from '../../src/cli/function-folder.ts'
import { compileFunction } from '../../src/isolate/compile.ts'
import { openFunctionRuntime } from '../../src/isolate/process-pool.ts'
import type { FunctionRuntime, Invocation, RunResult } from '../../src/isolate/runtime.ts'
import type { Json, JsonObject } from '../../src/model/event.ts'
import type { HttpRequest, HttpResult } from '../../src/model/http.ts'

interface Example {
  /** An event, or for a source function {body, headers}. */
  payload: JsonObject
  settings?: JsonObject
  /** Answers to outgoing requests; `match` is an address, or the beginning of one followed by "*". */
  responses?: { match: string, status: number, body?: string }[]
  expected: {
    outcome: RunResult['outcome']
    code?: string
    output?: Json
    error?: JsonObject
    logs?: string[]
    requests?: { method: string, url: string, body: Json }[]
  }
}

const FUNCTIONS = join(import.meta.dirname, '../../functions')
const folders = readdirSync(FUNCTIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name)

let responses: NonNullable<Example['responses']> = []
let runtime: FunctionRuntime

beforeAll(async () => {
  runtime = await openFunctionRuntime({ fetch: (request) => Promise.resolve(answer(request)), clock: systemClock, log: silentLog, sandbox: 'standard' })
})
afterAll(() => runtime.close())

test('there are examples of every kind of function', async () => {
  const kinds = new Set(await Promise.all(folders.map(async (folder) => (await readFunctionFolder(join(FUNCTIONS, folder))).resourceType)))
  expect([...kinds].toSorted()).toEqual(['DESTINATION', 'INSERT_DESTINATION', 'INSERT_SOURCE', 'SOURCE'])
})

describe.each(folders)('functions/%s', (folder) => {
  const examples = readdirSync(join(FUNCTIONS, folder, 'examples'))

  test('has examples', () => expect(examples).not.toEqual([]))

  test.each(examples)('%s ends as it says', async (file) => {
    const example = JSON.parse(readFileSync(join(FUNCTIONS, folder, 'examples', file), 'utf8')) as Example
    responses = example.responses ?? []
    const [result] = await runtime.run(await invocationOf(folder, example))
    expect(seen(result!, example)).toEqual(example.expected)
  })
})

async function invocationOf(folder: string, example: Example): Promise<Invocation> {
  const source = await readFunctionFolder(join(FUNCTIONS, folder))
  const settings = example.settings ?? {}
  return {
    instance: {
      key: `${folder} ${JSON.stringify(settings)}`,
      workspaceId: 'ws_examples',
      functionId: folder,
      instanceId: folder,
      name: source.displayName,
      resourceType: source.resourceType,
      code: await compileFunction(source.code, source.codeFile),
      settings,
      batchMaxCount: 1,
    },
    call: source.resourceType === 'SOURCE' ? 'request' : 'events',
    payloads: [source.resourceType === 'SOURCE' ? webhookText(example.payload) : JSON.stringify(example.payload)],
    trace: true,
  }
}

function webhookText({ body, headers }: JsonObject): string {
  return JSON.stringify({ body: JSON.stringify(body), headers, url: 'http://127.0.0.1/fn/source/token' })
}

function answer(request: HttpRequest): HttpResult {
  const found = responses.find(({ match }) => (match.endsWith('*') ? request.url.startsWith(match.slice(0, -1)) : request.url === match))
  if (found === undefined) return { ok: false, code: 'fetch_failed', message: `the example has no response for ${request.url}` }
  return { ok: true, status: found.status, statusText: '', headers: {}, body: Buffer.from(found.body ?? ''), url: request.url }
}

/** What the result says of the things that the example speaks of. */
function seen(result: RunResult, { expected }: Example): Example['expected'] {
  const error = 'error' in result ? result.error : undefined
  return {
    outcome: result.outcome,
    ...('code' in result && { code: result.code }),
    ...('output' in expected && { output: result.outcome === 'ok' ? JSON.parse(result.text) as Json : null }),
    ...('error' in expected && { error: { name: error?.name ?? '', message: error?.message ?? '' } }),
    ...('logs' in expected && { logs: result.trace?.logs.map(({ message }) => message) ?? [] }),
    ...('requests' in expected && { requests: result.trace?.requests.map(({ method, url, body }) => ({ method, url, body: JSON.parse(body) as Json })) ?? [] }),
  }
}
