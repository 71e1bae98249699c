/**
 * The control plane: what is configured, who may change it how, and the snapshot of it that the data plane runs on.
 * A change has been published when the call that made it resolves.
 */
import type { Clock } from '../base/clock.ts'
import { newId } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { deployedFunctions } from '../db/functions.ts'
import type { Db } from '../db/schema.ts'
import { findWorkspace, insertWorkspace } from '../db/workspaces.ts'
import type { DestinationDefinition } from '../destinations/destination.ts'
import type { FunctionRuntime } from '../isolate/runtime.ts'
import { EMPTY_SNAPSHOT, type CurrentSnapshot, type RetryPolicy, type Snapshot } from '../model/snapshot.ts'
import type { Workspace } from '../model/workspace.ts'
import { builtinEntry, functionEntry, SOURCE_ENTRIES, type CatalogEntry } from './catalog.ts'
import { checkFunction } from './check-function.ts'
import { isoNow, type Compile, type ControlContext } from './context.ts'
import { createDestinationControl, type DestinationControl } from './destinations.ts'
import { createFunctionControl, type FunctionControl } from './functions.ts'
import { createInsertInstanceControl, type InsertInstanceControl } from './insert-instances.ts'
import { createPublisher, DEFAULT_RETRY } from './publish.ts'
import { openSealer } from './secrets.ts'
import { findSourceKind } from './source-catalog.ts'
import { createSourceControl, type SourceControl } from './sources.ts'

export interface ControlOptions {
  db: Db
  /** Where a generated secret key is kept. */
  dataDir: string
  /** Seals sensitive settings; one is made and kept in the data folder when absent. */
  secretKey?: string
  destinations: readonly DestinationDefinition[]
  compile: Compile
  /** Tries code before it is saved or deployed. */
  runtime: Pick<FunctionRuntime, 'run'>
  clock: Clock
  log: Log
  /** Overrides the documented retry policy of all connections. */
  retry?: Partial<RetryPolicy>
}

export interface Control {
  /** The current one; a new one after each change. */
  snapshot: CurrentSnapshot
  workspace(): Workspace
  /** True when this start found an empty store and made the workspace; then a demo may be put into it. */
  firstStart: boolean
  sources: SourceControl
  destinations: DestinationControl
  functions: FunctionControl
  insertInstances: InsertInstanceControl
  /** Code that is not saved, for a preview. */
  compile: Compile
  /** What people call a `metadataId`: the catalog's title; of a function the id itself. */
  titleOf(metadataId: string): string
  /** What destinations can be made of: the built-in ones, then the deployed destination functions. */
  destinationCatalog(): Promise<CatalogEntry[]>
  /** What sources can be made of: the known kinds, then the deployed source functions. */
  sourceCatalog(): Promise<CatalogEntry[]>
}

/**
 * Opens the control plane and publishes the first snapshot. It holds nothing that must be closed; the db is the caller's.
 * @throws SluiceError invalid_request when the secret key is not the one of the store
 */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { db, clock, log } = options
  const sealer = await openSealer(options)
  const present = await findWorkspace(db)
  const workspace: Workspace = present ?? { id: newId('ws'), slug: 'demo', name: 'Demo' }
  if (!present) await insertWorkspace(db, { ...workspace, createdAt: isoNow(options) })

  const destinations = new Map(options.destinations.map((definition) => [definition.slug, definition]))
  const publisher = createPublisher({ sealer, destinations, retry: { ...DEFAULT_RETRY, ...options.retry }, workspace: () => workspace })
  let current: Snapshot = EMPTY_SNAPSHOT
  const publish = (next: Snapshot): void => {
    if (next.version > current.version) current = next
    log.debug('published a snapshot', { version: current.version, sources: current.sources.size })
  }
  const context: ControlContext = {
    db, sealer, clock, destinations,
    compile: options.compile,
    check: (code) => checkFunction(options.runtime, { ...code, workspaceId: workspace.id }),
    workspace: () => workspace,
    async change(work) {
      const { result, next } = await db.transaction().execute(async (transaction) => ({ result: await work(transaction), next: await publisher.build(transaction) }))
      publish(next)
      return result
    },
  }
  publish(await publisher.build(db))
  return {
    snapshot: () => current,
    workspace: () => workspace,
    firstStart: !present,
    sources: createSourceControl(context),
    destinations: createDestinationControl(context),
    functions: createFunctionControl(context),
    insertInstances: createInsertInstanceControl(context),
    compile: options.compile,
    titleOf: (metadataId) => destinations.get(metadataId)?.title ?? findSourceKind(metadataId)?.title ?? metadataId,
    async destinationCatalog() {
      return [...options.destinations.map(builtinEntry), ...await functionEntries(db, 'DESTINATION')]
    },
    async sourceCatalog() {
      return [...SOURCE_ENTRIES, ...await functionEntries(db, 'SOURCE')]
    },
  }
}

async function functionEntries(db: Db, kind: 'SOURCE' | 'DESTINATION'): Promise<CatalogEntry[]> {
  return (await deployedFunctions(db)).filter((record) => record.resourceType === kind).map(functionEntry)
}
