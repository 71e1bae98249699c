/** Node's `https` and `http` as clients, over the guarded fetch: what packages and authors do with `request` and `get`. */
import { Agent, clientOf, IncomingMessage, ClientRequest } from './http/client-request.guest.ts'

const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']
const STATUS_CODES: Record<number, string> = {
  200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 304: 'Not Modified', 307: 'Temporary Redirect', 308: 'Permanent Redirect',
  400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 409: 'Conflict', 410: 'Gone', 413: 'Payload Too Large',
  422: 'Unprocessable Entity', 429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout',
}

const shared = { Agent, IncomingMessage, ClientRequest, METHODS, STATUS_CODES }

export const https = { ...shared, ...clientOf('https:'), globalAgent: new Agent() }
export const http = { ...shared, ...clientOf('http:'), globalAgent: new Agent() }
