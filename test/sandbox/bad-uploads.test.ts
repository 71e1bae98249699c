/** Code that cannot run is refused when it is saved, with its place and what to do, by the real runtime. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SluiceError } from '#src/base/errors.ts'
import { checkFunction } from '#src/control/check-function.ts'
import { compileFunction } from '#src/isolate/compile.ts'
import type { ResourceType } from '#src/model/function.ts'
import { openTestRuntime, track, type TestRuntime } from './run-function.ts'

let runtime: TestRuntime
beforeAll(async () => {
  runtime = await openTestRuntime({ limits: { functionLoadMs: 500, functionCpuMs: 300 } })
})
afterAll(() => runtime.close())

async function check(code: string, resourceType: ResourceType = 'DESTINATION'): Promise<SluiceError | undefined> {
  try {
    await checkFunction(runtime, { code, compiled: await compileFunction(code, 'function.ts'), resourceType, workspaceId: 'ws_test' })
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown
    throw thrown
  }
}

const HANDLER = 'function onTrack(event) { return event }'

describe('code is refused for', () => {
  test.for([
    ['a syntax error', 'function onTrack(event) {\n  let x = ;\n}', 'function_compile_failed', 2, 11, /Unexpected/],
    ['a syntax error that only the engine sees', `${HANDLER}\nconst pattern = /(/`, 'function_load_failed', 2, 17, /SyntaxError: Invalid regular expression.*Correct it/s],
    ['a throw at its top level', `${HANDLER}\n\nthrow new Error('not ready')`, 'function_load_failed', 3, 7, /not ready.*move what can fail into a handler/],
    ['a use of what is not there', `${HANDLER}\nconst x = nothing.at.all`, 'function_load_failed', 2, 11, /nothing is not defined/],
    ['an endless loop at its top level', `${HANDLER}\nlet n = 0\nwhile (true) { n++ }`, 'function_load_failed', 3, expect.any(Number), /did not end within.*move the work into a handler/],
    ['an import of a Node module', `import { readFileSync } from 'node:fs'\nfunction onTrack() { return readFileSync('/etc/passwd') }`, 'function_load_failed', 1, expect.any(Number), /cannot import.*fetch, crypto/],
    ['a bare import', `${HANDLER}\nimport 'node:fs'`, 'function_load_failed', expect.any(Number), expect.any(Number), /cannot import/],
    ['a require', `const fs = require('fs')\n${HANDLER}`, 'function_load_failed', 1, 12, /cannot import/],
    ['a handler that is not a function', '// onTrack is below\nconst x = 1\nconst onTrack = 5', 'function_handlers_invalid', 3, 7, /onTrack must be a function, and is of the type number/],
    ['an exported handler that is not a function', 'export let onPage = { a: 1 }', 'function_handlers_invalid', 1, 12, /onPage must be a function, and is of the type object/],
    ['no handler at all', 'const x = 1', 'function_handlers_invalid', 1, 1, /no handler.*at least one of onIdentify, onTrack/],
    ['handlers of another kind only', '\nfunction onRequest() {}', 'function_handlers_invalid', 2, 10, /onRequest, which DESTINATION functions do not run/],
  ] as const)('%s', async ([, code, errorCode, line, column, message]) => {
    const error = await check(code).catch((thrown: unknown) => thrown as SluiceError)
    expect(error).toMatchObject({ code: errorCode, details: { file: 'function.ts', line, column }, message: expect.stringMatching(message) })
    expect(error!.message).toMatch(/^function\.ts:\d+:\d+: /)
  })

  test('its size', async () => {
    expect(await check(`${HANDLER}\n// ${'x'.repeat(2 * 1024 ** 2)}`)).toMatchObject({ code: 'function_too_large', details: { file: 'function.ts' }, message: expect.stringContaining('1048576') })
  })

  test('filling the memory at its top level', async () => {
    expect(await check(`const all = []\nfor (;;) all.push(new Array(1e6).fill({}))\n${HANDLER}`)).toMatchObject({ code: 'function_load_failed' })
  })
})

test.for([
  ['SOURCE', 'async function onRequest() {}'], ['INSERT_SOURCE', HANDLER], ['INSERT_DESTINATION', 'export const onBatch = (events) => events'],
  ['DESTINATION', 'const onDelete = async () => {}'], ['DESTINATION', 'onTrack = function () {}'], ['DESTINATION', `class Client {}\nconst client = new Client()\n${HANDLER}`],
] as const)('a %s function of %s is fine', async ([kind, code]) => {
  expect(await check(code, kind)).toBeUndefined()
})

test('a source insert function is not run by onBatch', async () => {
  expect(await check('function onBatch(events) { return events }', 'INSERT_SOURCE')).toMatchObject({ code: 'function_handlers_invalid', message: expect.stringContaining('onBatch, which INSERT_SOURCE functions do not run') })
})

test('a refused upload leaves other functions of the workspace alone', async () => {
  const instance = await runtime.instance(HANDLER)
  const calls = Array.from({ length: 20 }, (_, index) => runtime.run({ instance, call: 'events', payloads: [track(index)] }))
  await check('while (true) {}')
  expect((await Promise.all(calls)).flat().map((result) => result.outcome)).toEqual(Array.from({ length: 20 }, () => 'ok'))
})

test('code that is tried out takes no warm isolate\'s place', async () => {
  const small = await openTestRuntime({ limits: { warmIsolatesMax: 2, childrenPerWorkspaceMax: 1 } })
  try {
    const instance = await small.instance('let calls = 0\nfunction onTrack() { return ++calls }', { resourceType: 'DESTINATION' })
    const textOf = async (): Promise<unknown> => (await small.run({ instance, call: 'events', payloads: [track(1)] }))[0]
    expect(await textOf()).toEqual({ outcome: 'ok', text: '1' })
    for (let index = 0; index < 4; index++) {
      await checkFunction(small, { code: HANDLER, compiled: await compileFunction(HANDLER, 'function.ts'), resourceType: 'DESTINATION', workspaceId: 'ws_test' })
      await small.run({ instance: await small.instance(HANDLER), call: 'events', payloads: [track(1), track(2)], trace: true })
    }
    expect(await textOf()).toEqual({ outcome: 'ok', text: '2' })
  } finally {
    await small.close()
  }
})
