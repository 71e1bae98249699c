/** The management API as a test sees it: plain HTTP with the token, answers unwrapped, refusals kept whole. */
export interface ApiAnswer {
  status: number
  body: unknown
}

export interface Ledger {
  sourceId: string
  accepted: number
  connections: LedgerConnection[]
}

export interface LedgerConnection {
  destinationId: string
  delivered: number
  filtered: number
  discarded: number
  buried: number
  pending: number
}

export interface Delivery {
  sourceId: string
  destinationId: string
  messageId: string
  outcome: 'delivered' | 'filtered' | 'discarded' | 'buried' | 'pending'
  code?: string
  message?: string
  attempts: number
}

export type FunctionKind = 'SOURCE' | 'DESTINATION' | 'INSERT_DESTINATION' | 'INSERT_SOURCE'

export interface InvokeResult {
  outcome: 'ok' | 'dropped' | 'retry' | 'discarded'
  code?: string
  event?: Record<string, unknown>
  error?: { name: string, message: string, file?: string, line?: number, column?: number }
}

export interface SourceOf {
  id: string
  writeKey: string
}

export interface ApiClient {
  request(method: string, path: string, body?: unknown): Promise<ApiAnswer>
  createSource(slug: string): Promise<SourceOf>
  /** Makes, and deploys, a function; gives its id. */
  createFunction(options: { name: string, kind: FunctionKind, code: string }): Promise<string>
  /** Puts an insert function into a source or a destination. */
  insertFunction(options: { functionId: string, integrationId: string, settings?: Record<string, unknown> }): Promise<string>
  createDestination(options: { sourceId: string, metadataId: string, name: string, settings?: Record<string, unknown> }): Promise<string>
  invoke(functionId: string, events: readonly unknown[]): Promise<InvokeResult[]>
  ledger(sourceId: string): Promise<Ledger>
  deliveries(query: Record<string, string>): Promise<Delivery[]>
  catcher(limit: number): Promise<Record<string, unknown>[]>
}

export function apiClient(server: { url: string, token: string }): ApiClient {
  const request = async (method: string, path: string, body?: unknown): Promise<ApiAnswer> => {
    const response = await fetch(`${server.url}/api${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${server.token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await request(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return unwrap(answer.body)
  }
  return { request, ...configuration(ask), ...observation(ask) }
}

type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>

function configuration(ask: Ask): Pick<ApiClient, 'createSource' | 'createFunction' | 'insertFunction' | 'createDestination'> {
  return {
    createSource: async (slug) => {
      const { source } = await ask('POST', '/sources', { slug, name: slug, enabled: true, metadataId: 'http' }) as { source: { id: string, writeKeys: string[] } }
      return { id: source.id, writeKey: source.writeKeys[0]! }
    },
    createFunction: async ({ name, kind, code }) => {
      const made = await ask('POST', '/functions', { displayName: name, resourceType: kind, code }) as { function: { id: string } }
      await ask('POST', `/functions/${made.function.id}/deploy`, {})
      return made.function.id
    },
    insertFunction: async ({ functionId, integrationId, settings = {} }) => {
      const body = { functionId, integrationId, name: 'insert function', enabled: true, settings }
      const made = await ask('POST', '/insert-function-instances', body) as { insertFunctionInstance: { id: string } }
      return made.insertFunctionInstance.id
    },
    createDestination: async ({ sourceId, metadataId, name, settings = {} }) => {
      const made = await ask('POST', '/destinations', { sourceId, metadataId, name, enabled: true, settings }) as { destination: { id: string } }
      return made.destination.id
    },
  }
}

function observation(ask: Ask): Pick<ApiClient, 'invoke' | 'ledger' | 'deliveries' | 'catcher'> {
  return {
    invoke: async (functionId, events) => {
      const { results } = await ask('POST', `/functions/${functionId}/invoke`, { events }) as { results: InvokeResult[] }
      return results
    },
    ledger: async (sourceId) => await ask('GET', `/ledger?sourceId=${sourceId}`) as Ledger,
    deliveries: async (query) => {
      const { deliveries } = await ask('GET', `/deliveries?${new URLSearchParams(query)}`) as { deliveries: Delivery[] }
      return deliveries
    },
    catcher: async (limit) => {
      const { events } = await ask('GET', `/catcher?limit=${limit}`) as { events: Record<string, unknown>[] }
      return events
    },
  }
}

/** Segment's management API wraps what it answers in {data}; what Sluice adds to it may come bare. */
function unwrap(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'data' in body ? body.data : body
}

/** What became of the accepted events at one connection, and whether the books balance. */
export function balance(ledger: Ledger, destinationId: string): LedgerConnection & { accepted: number, sum: number } {
  const connection = ledger.connections.find((entry) => entry.destinationId === destinationId)
  if (connection === undefined) throw new Error(`the ledger has no row for ${destinationId}: ${JSON.stringify(ledger)}`)
  const { delivered, filtered, discarded, buried, pending } = connection
  return { ...connection, accepted: ledger.accepted, sum: delivered + filtered + discarded + buried + pending }
}
