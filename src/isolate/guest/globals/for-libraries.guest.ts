/** What libraries take from the bootstrap instead of bringing a copy of their own; each name is imported there from the file that defines it. */
import { base64ToBytes, bytesToBase64 } from './base64.guest.ts'
import { AS_BODY, Body, contentOf } from './body.guest.ts'
import { addLog, format } from './console.guest.ts'
import { fetch } from './fetch.guest.ts'
import { FetchError } from './fetch-error.guest.ts'
import { Headers } from './headers.guest.ts'
import { askHost } from './host.guest.ts'
import { inspect } from './inspect.guest.ts'
import { loadLibrary } from './libraries.guest.ts'
import { queueMicrotask, setImmediate } from './microtasks.guest.ts'
import { nodeProcess } from './node-process.guest.ts'
import { Request } from './request.guest.ts'
import { Response } from './response.guest.ts'
import { clearTimeout, setTimeout } from './timers.guest.ts'
import { address } from './url.guest.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.guest.ts'
import { describeThrown } from '../errors.guest.ts'
import { invocation, onInvocationEnd } from '../invocation.guest.ts'
import { now, soon } from '../primordials.guest.ts'

export const FOR_LIBRARIES: Record<string, unknown> = {
  base64ToBytes, bytesToBase64, AS_BODY, Body, contentOf, addLog, format, fetch, FetchError, Headers, askHost, inspect, loadLibrary, nodeProcess, queueMicrotask, setImmediate, Request, Response,
  address, clearTimeout, setTimeout, decodeUtf8, encodeUtf8, describeThrown, invocation, onInvocationEnd, now, soon,
}
