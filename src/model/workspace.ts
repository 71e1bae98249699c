/** What a person configures (names and shapes of contract 11). The control plane's records, as the API shows them. */
import type { JsonObject } from './event.ts'

export interface Workspace {
  id: string
  slug: string
  name: string
}

export interface Source {
  id: string
  workspaceId: string
  slug: string
  name: string
  /** A catalog slug (`http`, `javascript`) or `function:<functionId>`. */
  metadataId: string
  enabled: boolean
  /** Public identifiers, not secrets. */
  writeKeys: string[]
  settings: JsonObject
  /** For function sources: the secret part of the webhook's address. */
  webhookToken: string
  createdAt: string
  updatedAt: string
}

/** Belongs to one source, as in Segment; so a destination is also the connection. */
export interface Destination {
  id: string
  workspaceId: string
  sourceId: string
  /** A catalog slug (`webhook`, `segment`, `catcher`) or `function:<functionId>`. */
  metadataId: string
  name: string
  enabled: boolean
  settings: JsonObject
  createdAt: string
  updatedAt: string
}
