/** Receive alone behind real HTTP on loopback: a recording queue, a clock that stands still, and sources of every setting. */
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { limits } from '../../src/base/limits.ts'
import { createLog } from '../../src/base/log.ts'
import { DEFAULT_INTAKE, EMPTY_SNAPSHOT } from '../../src/model/snapshot.ts'
import type { Intake, Snapshot, SourcePlan } from '../../src/model/snapshot.ts'
import type { Source } from '../../src/model/workspace.ts'
import type { Refusals } from '../../src/receive/refusals.ts'
import { registerReceive } from '../../src/receive/routes.ts'
import { createRecordingQueue } from './recording-queue.ts'
import type { RecordingQueue } from './recording-queue.ts'

export const RECEIVED_AT = Date.UTC(2026, 9, 1, 12)
export const TOKEN = 'token0123456789token0123456789'

export interface ReceiveServer {
  app: FastifyInstance
  port: number
  url: string
  queue: RecordingQueue
  refusals: Refusals
  /** Lines of level warn and error. */
  logged: string[]
  close(): Promise<void>
}

function plan(id: string, more: Partial<Source>, intake?: Partial<Intake>): SourcePlan {
  const source: Source = {
    id, workspaceId: 'ws_1', slug: id, name: id, metadataId: 'http', enabled: true, writeKeys: [], settings: {}, webhookToken: '', createdAt: '', updatedAt: '', ...more,
  }
  return { source, connections: [], ...(intake && { intake: { ...DEFAULT_INTAKE, ...intake } }) }
}

const plans = [
  plan('src_on', { writeKeys: ['key_on'] }),
  plan('src_off', { writeKeys: ['key_off'], enabled: false }),
  plan('src_strict', { writeKeys: ['key_strict'] }, { strict: true }),
  plan('src_web', { writeKeys: ['key_web'] }, { fillsIp: true, bots: 'flag' }),
  plan('src_no_bots', { writeKeys: ['key_no_bots'] }, { bots: 'drop' }),
  plan('src_large', { writeKeys: ['key_large'] }, { eventBytesMax: 100 * 1024 }),
  plan('src_fn', { metadataId: 'function:fn_1', webhookToken: TOKEN }),
  plan('src_fn_off', { metadataId: 'function:fn_1', webhookToken: TOKEN, enabled: false }),
  plan('src_http_token', { webhookToken: TOKEN }),
]

const SNAPSHOT: Snapshot = {
  ...EMPTY_SNAPSHOT,
  version: 1,
  sources: new Map(plans.map((each) => [each.source.id, each])),
  sourceIdByWriteKey: new Map(plans.flatMap((each) => each.source.writeKeys.map((key) => [key, each.source.id]))),
}

export async function startReceive({ trustedProxies }: { trustedProxies?: string[] } = {}): Promise<ReceiveServer> {
  const app = Fastify({ trustProxy: trustedProxies ?? false, return503OnClosing: false, requestTimeout: limits.requestBodyMs })
  const queue = createRecordingQueue()
  const logged: string[] = []
  const clock = { now: () => RECEIVED_AT, monotonicMs: () => 0, sleep: async () => {} }
  const refusals = registerReceive(app, { queue, snapshot: () => SNAPSHOT, clock, log: createLog('warn', (line) => logged.push(line)) })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, port: Number(new URL(url).port), url, queue, refusals, logged, close: () => app.close() }
}
