import { Command } from 'commander'
import { connectApi } from '../api-client.ts'
import type { ApiClient, ApiOptions } from '../api-client.ts'
import { readFunctionFolder } from '../function-folder.ts'
import type { FunctionFolder } from '../function-folder.ts'

interface PushOptions extends ApiOptions {
  deploy?: boolean
  json?: boolean
}

interface StoredFunction {
  id: string
  displayName: string
  resourceType: string
}

export function pushCommand(): Command {
  return new Command('push')
    .description('Save a function folder (function.ts or function.js, and function.json) on the server: a new function, or a new version of the one of that name and kind.')
    .argument('<folder>', 'the folder')
    .option('--deploy', 'also run the new version from now on')
    .option('--url <address>', 'the server (SLUICE_URL; default http://127.0.0.1:8080)')
    .option('--token <token>', 'the management token (SLUICE_ADMIN_TOKEN; default: the file admin-token in the data folder)')
    .option('--json', 'print the result as JSON')
    .action(push)
}

async function push(folder: string, options: PushOptions): Promise<void> {
  const source = await readFunctionFolder(folder)
  const api = await connectApi(options, process.env)
  const { stored, created } = await save(api, source)
  if (options.deploy) await api.call('POST', `/api/functions/${stored.id}/deploy`, {})
  const result = { functionId: stored.id, displayName: source.displayName, created, deployed: options.deploy === true }
  console.log(options.json ? JSON.stringify(result) : describe(result))
}

/** A function is known by its name and kind, so that pushing twice changes it instead of making another. */
async function save(api: ApiClient, source: FunctionFolder): Promise<{ stored: StoredFunction, created: boolean }> {
  const { displayName, resourceType, description, settings, batchMaxCount, code } = source
  // JSON leaves out a batchMaxCount that the folder does not set.
  const change = { description, settings, batchMaxCount, code }
  const existing = await findFunction(api, source)
  const answer = existing === undefined
    ? await api.call<{ function: StoredFunction }>('POST', '/api/functions', { displayName, resourceType, ...change })
    : await api.call<{ function: StoredFunction }>('PATCH', `/api/functions/${existing.id}`, change)
  return { stored: answer.function, created: existing === undefined }
}

async function findFunction(api: ApiClient, { displayName, resourceType }: FunctionFolder): Promise<StoredFunction | undefined> {
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({ resourceType, ...(cursor === undefined ? {} : { 'pagination.cursor': cursor }) })
    const page = await api.call<{ functions: StoredFunction[], pagination?: { next?: string } }>('GET', `/api/functions?${query}`)
    const found = page.functions.find((one) => one.displayName === displayName)
    if (found !== undefined) return found
    cursor = page.pagination?.next
  } while (cursor !== undefined)
  return undefined
}

function describe(result: { functionId: string, displayName: string, created: boolean, deployed: boolean }): string {
  const saved = result.created ? 'Created' : 'Saved a new version of'
  const next = result.deployed ? 'It is deployed.' : 'It is not deployed yet; add --deploy.'
  return `${saved} "${result.displayName}" (${result.functionId}). ${next}`
}
