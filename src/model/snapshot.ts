/**
 * The published picture the data plane runs on: everything it needs to know of the configuration, resolved and immutable.
 * The control plane makes a new one at each change (`control/publish.ts`); the data plane only ever reads the current one.
 */
import { limits } from '../base/limits.ts'
import type { RunnableInstance } from './function.ts'
import type { Json, JsonObject } from './event.ts'
import type { Source } from './workspace.ts'

export interface Snapshot {
  /** Grows by one with each publication. */
  version: number
  sources: ReadonlyMap<string, SourcePlan>
  sourceIdByWriteKey: ReadonlyMap<string, string>
  /** Destinations that exist but are disabled: they get nothing new, and what is parked for them waits until they are enabled. */
  pausedDestinationIds: ReadonlySet<string>
}

export interface SourcePlan {
  source: Source
  /** Absent: `DEFAULT_INTAKE`. */
  intake?: Intake
  /** Runs once per event before all destinations. */
  insert?: RunnableInstance
  /** For function sources: turns webhooks into events. */
  onRequest?: RunnableInstance
  /** The enabled destinations, in the order they were made. */
  connections: readonly Connection[]
}

/** How a source takes what is sent to it; made from its settings at publication. */
export interface Intake {
  /** A request with a bad event is refused as a whole, with 400 and what is wrong with each of its events. */
  strict: boolean
  /** Of one event as JSON text. */
  eventBytesMax: number
  /** The caller's address goes into `context.ip` of every event that has none. */
  fillsIp: boolean
  /** What becomes of the events of crawlers, known by their user agent: nobody looks, `context.bot: true` is set, or they are refused. */
  bots: 'ignore' | 'flag' | 'drop'
  /** A webhook waits for its function, whose Response is the answer. */
  answersSynchronously: boolean
}

export const DEFAULT_INTAKE: Intake = { strict: false, eventBytesMax: limits.eventBytesMax, fillsIp: false, bots: 'ignore', answersSynchronously: false }

export interface Connection {
  destinationId: string
  sourceId: string
  workspaceId: string
  /** The name under which `integrations` addresses it: the catalog title, or "<Function> (<Workspace>)". */
  integrationName: string
  insert?: RunnableInstance
  target:
    | { kind: 'builtin', slug: string, settings: JsonObject }
    | { kind: 'function', instance: RunnableInstance }
  retry: RetryPolicy
  /** Its function waits for more events, up to so many and so long; without it a call gets what is there. */
  gather?: { countMax: number, waitMs: number }
}

export interface RetryPolicy {
  /** From the first attempt; afterwards the event is buried. */
  windowMs: number
  baseMs: number
  capMs: number
}

/** Where the data plane gets the current snapshot from; the value may be replaced at any moment, so read it once per unit of work. */
export type CurrentSnapshot = () => Snapshot

export const EMPTY_SNAPSHOT: Snapshot = { version: 0, sources: new Map(), sourceIdByWriteKey: new Map(), pausedDestinationIds: new Set() }

export function findConnection(snapshot: Snapshot, sourceId: string, destinationId: string): Connection | undefined {
  return snapshot.sources.get(sourceId)?.connections.find((connection) => connection.destinationId === destinationId)
}

/** Settings may hold anything JSON can; a string is asked for by name. */
export function stringSetting(settings: JsonObject, name: string): string | undefined {
  const value: Json | undefined = settings[name]
  return typeof value === 'string' ? value : undefined
}
