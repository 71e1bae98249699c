import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endings, openTestRuntime, track, type TestRuntime } from './run-function.ts'

const FOLDER = new URL('attacks/', import.meta.url)
const ATTACKS = readdirSync(FOLDER).map((file) => file.replace('.js', ''))

/** How the attacking event ends; several where the engine decides which wall it hits first. */
const EXPECTED: Record<string, string[]> = {
  'endless-loop': ['retry/function_timeout/strike'],
  'loop-after-fetch': ['retry/function_timeout/strike'],
  'endless-await': ['retry/function_timeout/strike'],
  'endless-await-left-behind': ['retry/function_timeout/strike'],
  'uninterruptible-builtin': ['retry/function_timeout/strike'],
  'engine-abort': ['retry/function_crashed/strike', 'retry/function_memory/strike'],
  'heap-bomb': ['retry/function_memory/strike'],
  'buffer-resize-bomb': ['retry/function_memory/strike'],
  'huge-result': ['discarded/function_output_invalid', 'discarded/function_output_too_large', 'retry/function_memory/strike'],
  'deep-recursion': ['discarded/bad_request'],
  'never-settling': ['retry/function_timeout'],
  'thrown-proxy': ['retry/function_timeout/strike'],
  'throwing-getter': ['discarded/function_output_invalid'],
  'poisoned-prototypes': ['ok'],
  'unhandled-rejections': ['ok'],
  'host-call-flood': ['ok'],
  'key-flood': ['retry/function_timeout/strike'],
  'compression-bomb': ['retry/function_memory/strike', 'retry/function_timeout/strike', 'discarded/bad_request'],
}

const GUILTY = 41
const BATCH = Array.from({ length: 100 }, (_, index) => track(index, { attack: index === GUILTY }))

/** Healthy events take a fetch now and then, as real ones do. */
function codeOf(attack: string): string {
  return `${readFileSync(new URL(`${attack}.js`, FOLDER), 'utf8')}
    async function onTrack(event) {
      if (event.properties.attack) return attack(event)
      event.properties.seen = true
      return event
    }`
}

describe('an attack in one event of a batch of 100', () => {
  let runtime: TestRuntime
  beforeAll(async () => {
    runtime = await openTestRuntime({
      limits: { functionWallMs: 1_500, functionCpuMs: 400, functionMemoryMb: 32, childResidentMbMax: 400, killGraceMs: 200 },
    })
  })
  afterAll(() => runtime.close())

  test('is tried for every file in the folder, and every expectation has its file', () => {
    expect(ATTACKS.toSorted()).toEqual(Object.keys(EXPECTED).toSorted())
  })

  test.for(ATTACKS)('%s costs only itself: its neighbours pass, and another function keeps answering', async (attack) => {
    const bystander = await runtime.instance('function onTrack(event) { return event }')
    // One function id for all: a poison event in each of many batches must not pause the function.
    const attacked = await runtime.instance(codeOf(attack), { functionId: 'fn_attacked' })
    const state = { over: false }
    const running = runtime.run({ instance: attacked, call: 'events', payloads: BATCH }).finally(() => {
      state.over = true
    })
    const seen: string[] = []
    while (!state.over) {
      seen.push(...endings(await runtime.run({ instance: bystander, call: 'events', payloads: [track(0)] })))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const ends = endings(await running)
    expect(EXPECTED[attack]).toContain(ends[GUILTY])
    expect(ends.toSpliced(GUILTY, 1)).toEqual(new Array(99).fill('ok'))
    expect(new Set(seen)).toEqual(new Set(['ok']))
  })
})
