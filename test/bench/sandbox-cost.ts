/** What the sandbox costs: events/s through the whole functions runtime against parse, call, stringify in one process without it. */
import { systemClock } from '../../src/base/clock.ts'
import { createLog } from '../../src/base/log.ts'
import { compileFunction } from '../../src/isolate/compile.ts'
import { openFunctionRuntime } from '../../src/isolate/process-pool.ts'
import { makeEvents } from '../support/make-event.ts'
import { compare } from './rounds.ts'
import { TRANSFORMS, TRANSFORM_NAMES, functionCode } from './transforms.ts'
import type { FunctionRuntime } from '../../src/isolate/runtime.ts'
import type { RunnableInstance } from '../../src/model/function.ts'
import type { Finding } from './report.ts'
import type { TransformName } from './transforms.ts'

export interface SandboxOptions {
  seconds: number
  rounds: number
}

const BATCH = 100
const CALLS_IN_FLIGHT = 8
const BARS: Partial<Record<TransformName, number>> = { trivial: 0.6, heavy: 0.6 }

export async function measureSandboxCost(options: SandboxOptions): Promise<Finding[]> {
  const batches = makeBatches()
  const runtime = await openBenchRuntime()
  try {
    const findings: Finding[] = []
    for (const name of TRANSFORM_NAMES) {
      const instance = await benchInstance(name)
      await checkAnswers({ runtime, instance, name, batch: batches[0]! })
      const sandboxed = (seconds: number): Promise<number> => runSandboxed({ runtime, instance, batches, seconds })
      const plain = (seconds: number): number => runPlain({ name, batches, seconds })
      plain(options.seconds / 2)
      await sandboxed(options.seconds / 2)
      findings.push(await compare({
        what: `sandbox, ${name}, ${BATCH} per batch`,
        bar: BARS[name],
        anchorName: 'no sandbox',
        rounds: options.rounds,
        ours: () => sandboxed(options.seconds),
        anchor: async () => plain(options.seconds),
      }))
    }
    return findings
  } finally {
    await runtime.close()
  }
}

export function openBenchRuntime(): Promise<FunctionRuntime> {
  return openFunctionRuntime({
    clock: systemClock,
    log: createLog('warn'),
    sandbox: 'standard',
    fetch: async () => ({ ok: false, code: 'fetch_blocked', message: 'the bench has no network' }),
  })
}

export async function benchInstance(name: TransformName): Promise<RunnableInstance> {
  return {
    key: `bench-${name}`, workspaceId: 'ws_bench', functionId: `fn_bench_${name}`, instanceId: `ifi_bench_${name}`, name,
    resourceType: 'INSERT_SOURCE', code: await compileFunction(functionCode(name), `${name}.ts`), settings: {}, batchMaxCount: BATCH,
  }
}

export function makeBatches(): string[][] {
  const maker = makeEvents(1)
  return Array.from({ length: 20 }, () => Array.from({ length: BATCH }, () => JSON.stringify(maker.next())))
}

interface Run {
  runtime: FunctionRuntime
  instance: RunnableInstance
  batches: string[][]
  seconds: number
}

async function runSandboxed({ runtime, instance, batches, seconds }: Run): Promise<number> {
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  let events = 0
  const lane = async (at: number): Promise<void> => {
    for (let turn = at; performance.now() < endsAt; turn++) {
      const results = await runtime.run({ instance, call: 'events', payloads: batches[turn % batches.length]! })
      const failed = results.find((result) => result.outcome !== 'ok' && result.outcome !== 'dropped')
      if (failed !== undefined) throw new Error(`a healthy function failed: ${JSON.stringify(failed)}`)
      events += results.length
    }
  }
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, (_, at) => lane(at)))
  return events / ((performance.now() - startedAt) / 1000)
}

function runPlain({ name, batches, seconds }: { name: TransformName, batches: string[][], seconds: number }): number {
  const transform = TRANSFORMS[name]
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  let events = 0
  // Kept, so that no engine may leave the work out.
  let bytes = 0
  for (let turn = 0; performance.now() < endsAt; turn++) {
    for (const text of batches[turn % batches.length]!) {
      const result = transform(JSON.parse(text) as Record<string, unknown>)
      if (result !== null) bytes += JSON.stringify(result).length
      events++
    }
  }
  if (bytes === 0) throw new Error('the transform made nothing')
  return events / ((performance.now() - startedAt) / 1000)
}

/** Speed counts only for right answers. */
async function checkAnswers({ runtime, instance, name, batch }: { runtime: FunctionRuntime, instance: RunnableInstance, name: TransformName, batch: string[] }): Promise<void> {
  const results = await runtime.run({ instance, call: 'events', payloads: batch })
  results.forEach((result, at) => {
    const wanted = TRANSFORMS[name](JSON.parse(batch[at]!) as Record<string, unknown>)
    const got = result.outcome === 'ok' ? result.text : undefined
    if (got !== (wanted === null ? undefined : JSON.stringify(wanted))) throw new Error(`wrong answer of ${name}: ${JSON.stringify(result)}`)
  })
}
