/** Outgoing HTTP as the plug-ins and functions see it: one function that never throws. Implemented by `egress/request.ts`. */
import type { ErrorCode } from '../base/errors.ts'

export interface HttpRequest {
  url: string
  method: string
  /** Those of `CONNECTION_HEADERS` are dropped. */
  headers: Record<string, string>
  body?: string | Uint8Array
  /** For the whole exchange, redirects included. */
  timeoutMs?: number
  responseBytesMax?: number
  /** Redirects to follow; 0 hands a 3xx back as it is. */
  redirectsMax?: number
  /** Which statuses are redirects to follow; without it 301, 302, 303, 307 and 308. Others are handed back. */
  redirectStatuses?: readonly number[]
  /**
   * The status is the answer, the body is only for people to read: one that is too long, cut off or late is cut short
   * instead of failing the request.
   */
  bodyIsExtra?: boolean
}

export type HttpResult =
  | {
    ok: true
    status: number
    statusText: string
    /** Lower-case names; several values of one name are joined by ", ". */
    headers: Record<string, string>
    body: Uint8Array
    /** The address that answered, after redirects. */
    url: string
  }
  | {
    ok: false
    code: Extract<ErrorCode, 'fetch_blocked' | 'fetch_failed' | 'fetch_timeout' | 'fetch_too_large'>
    /** For people. For blocked addresses always the same text, so that it tells nothing about the network. */
    message: string
    /** ENOTFOUND, ECONNREFUSED, … when the system gave one. */
    systemCode?: string
  }

export type SendRequest = (request: HttpRequest) => Promise<HttpResult>

/**
 * Headers that belong to the connection; a caller's own are dropped. They could smuggle a second request into the connection
 * (lengths, transfer codings), talk to another virtual host than the address check was about, or hang the exchange (expect,
 * upgrade).
 */
export const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection',
  'te', 'trailer', 'transfer-encoding', 'upgrade',
])
