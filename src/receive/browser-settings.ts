/** The documents that browser SDKs fetch before they send anything. */
import type { Source } from '../model/workspace.ts'

/**
 * analytics.js's settings: events come back here, no destination runs in the browser, and the library reports no metrics about itself.
 * `host` may have a port; `protocol` is "http" or "https".
 */
export function segmentSettings(writeKey: string, { host, protocol }: { host: string, protocol: string }): object {
  return {
    // Any other key here makes the library load its code for destinations in the browser.
    integrations: { 'Segment.io': { apiKey: writeKey, apiHost: `${host}/v1`, protocol, addBundledMetadata: false, unbundledIntegrations: [], maybeBundledConfigIds: {} } },
    plan: { track: { __default: { enabled: true, integrations: {} } }, identify: { __default: { enabled: true } }, group: { __default: { enabled: true } } },
    middlewareSettings: {},
    enabledMiddleware: {},
    remotePlugins: [],
    metrics: { sampleRate: 0 },
    edgeFunction: {},
    legacyVideoPluginsEnabled: false,
  }
}

/** RudderStack's: without it their SDK sends nothing. */
export function rudderSettings(source: Source, writeKey: string): object {
  return {
    source: {
      id: source.id, name: source.name, writeKey, enabled: source.enabled, workspaceId: source.workspaceId, updatedAt: source.updatedAt,
      config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
      dataplanes: {}, destinations: [], connections: [],
    },
  }
}
