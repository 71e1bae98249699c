/** The one file that sees everything: plugs the parts together, and takes them apart in the order that loses nothing. */
import { mkdir } from 'node:fs/promises'
import { createServer as createNetServer } from 'node:net'
import { join } from 'node:path'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { createPreviewFetch } from './api/preview-fetch.ts'
import { registerApi } from './api/server.ts'
import { systemClock, systemRandom } from './base/clock.ts'
import { limits } from './base/limits.ts'
import { createLog, type Log } from './base/log.ts'
import { openAdminToken } from './control/admin-token.ts'
import { openControl } from './control/control.ts'
import { makeDemo } from './control/demo.ts'
import { addCaughtEvents } from './db/caught-events.ts'
import { openDb } from './db/open.ts'
import { DESTINATIONS } from './destinations/registry.ts'
import { createEgress } from './egress/request.ts'
import { compileFunction } from './isolate/compile.ts'
import { openFunctionRuntime } from './isolate/process-pool.ts'
import type { Settings } from './model/settings.ts'
import type { RetryPolicy } from './model/snapshot.ts'
import type { Queue } from './queue/queue.ts'
import { openRedisQueue } from './queue/redis.ts'
import { openSqliteQueue } from './queue/sqlite.ts'
import { registerReceive } from './receive/routes.ts'
import { startWorker } from './worker/worker.ts'

export interface RunningApp {
  /** Where it listens, such as http://127.0.0.1:8080. */
  url: string
  /** On the one start that made the demo workspace. */
  firstStart?: { adminToken?: string, writeKey: string }
  /** Stops taking, finishes what is under way within `limits.drainMs`, and closes everything. */
  close(): Promise<void>
}

/** @throws SluiceError, or the system's error when the port or the data folder cannot be had; nothing is left open then. */
export async function startApp(settings: Settings): Promise<RunningApp> {
  const opened = new Closers()
  try {
    return await open(settings, opened)
  } catch (thrown) {
    await opened.closeAll()
    throw thrown
  }
}

async function open(settings: Settings, opened: Closers): Promise<RunningApp> {
  const log = createLog(settings.logLevel)
  const { dataDir } = settings
  const clock = systemClock
  await tryPort(settings)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const retry: RetryPolicy = { windowMs: settings.retryWindowSeconds * 1_000, baseMs: settings.retryBaseMs, capMs: limits.retryCapMs }

  const db = opened.add(await openDb({ file: join(dataDir, 'sluice.db'), log }), (it) => it.destroy())
  const admin = await openAdminToken({ dataDir, token: settings.adminToken })
  const control = await openControl({
    db, dataDir, secretKey: settings.secretKey, destinations: DESTINATIONS, compile: compileFunction, clock, log, retry,
    runtime: { run: (invocation) => runtime.run(invocation) },
  })
  const egress = opened.add(createEgress({ allowPrivate: settings.allowPrivateNetwork, allow: settings.egressAllow }), (it) => it.close())
  const queue = opened.add(await openQueue(settings, { owner: control.workspace().id, log }), (it) => it.close())
  const preview = createPreviewFetch()
  const runtime = opened.add(await openFunctionRuntime({
    fetch: preview.withScriptedResponses((request) => egress.send(request)),
    clock, log, sandbox: settings.sandbox, require: settings.sandboxRequire,
  }), (it) => it.close())
  const worker = opened.add(startWorker({
    queue, runtime, clock, log,
    snapshot: control.snapshot,
    random: systemRandom,
    sourceRetry: retry,
    destinationContext: (destinationId) => ({
      send: egress.send,
      now: clock.now,
      destinationId,
      caught: (id, events) => addCaughtEvents(db, { destinationId: id, events, at: clock.now() }),
    }),
  }), (it) => it.close(limits.drainMs))

  const http = opened.add(createServer(log, settings.trustedProxies), (it) => it.close())
  let url = ''
  let serving = false
  registerReceive(http, { queue, snapshot: control.snapshot, clock, log, runtime })
  registerApi(http, {
    control, db, queue, runtime, preview, clock, log,
    recentEvents: worker.recentEvents,
    adminToken: admin.token,
    publicUrl: () => url,
    ready: () => serving,
  })
  url = addressOf(await http.listen({ port: settings.port, host: settings.host }), settings.host)
  const demo = control.firstStart ? await makeDemo(control, { functionsDir: join(import.meta.dirname, '..', 'functions') }) : undefined
  serving = true
  log.info('serving', { url, sandbox: runtime.sandboxLevel() })
  return {
    url,
    ...(demo && { firstStart: { writeKey: demo.writeKey, ...(admin.file !== undefined && { adminToken: admin.token }) } }),
    async close() {
      serving = false
      await opened.closeAll()
    },
  }
}

function createServer(log: Log, trustedProxies: string[]): FastifyInstance {
  const http = Fastify({
    // Receive answers 503 itself while closing, with the headers that make clients come back.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    bodyLimit: limits.apiBodyBytesMax,
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    requestTimeout: limits.requestBodyMs,
    // Node holds a slow body to the longer of the two, and looks this often.
    http: { headersTimeout: limits.requestBodyMs, connectionsCheckingInterval: limits.slowRequestCheckMs },
    keepAliveTimeout: limits.keepAliveMs,
    frameworkErrors: refuseAddress,
    routerOptions: { maxParamLength: limits.addressCharsMax },
  })
  http.server.on('clientError', (error: Error) => log.debug('a connection was not HTTP', { error }))
  return http
}

function openQueue({ redisUrl, dataDir, logBytesMax }: Settings, { owner, log }: { owner: string, log: Log }): Promise<Queue> {
  const given = { clock: systemClock, log, limits: { logBytesMax } }
  // One process works on an installation, so its successor may take over at once what it had claimed.
  return redisUrl === undefined ? openSqliteQueue({ ...given, file: join(dataDir, 'queue.db') }) : openRedisQueue({ ...given, url: redisUrl, owner, consumer: owner })
}

/** Before anything is made: a first start on a port in use must not be the one that makes the demo and shows its keys. */
async function tryPort({ port, host }: Settings): Promise<void> {
  const server = createNetServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ port, host }, resolve))
  await new Promise((resolve) => server.close(resolve))
}

/** An address that cannot be decoded never reaches a route, nor the error answer of any scope. */
function refuseAddress(error: Error, _request: unknown, reply: Pick<FastifyReply, 'raw'>): void {
  reply.raw.writeHead(400, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ code: 'invalid_request', message: error.message }))
}

/** fastify names the address it bound; what a person asked for reads better when it is a name. */
function addressOf(bound: string, host: string): string {
  const { port } = new URL(bound)
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}

/** Closes what was opened, last first, each once; one that fails does not keep the others open. */
class Closers {
  #closers: (() => Promise<unknown> | void)[] = []

  add<Opened>(opened: Opened, close: (opened: Opened) => Promise<unknown> | void): Opened {
    this.#closers.push(() => close(opened))
    return opened
  }

  async closeAll(): Promise<void> {
    const failures: unknown[] = []
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close()
      } catch (thrown) {
        failures.push(thrown)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some parts did not close')
  }
}
