import { runInThisContext } from 'node:vm'
import { expect, test } from 'vitest'
import { SluiceError } from '#src/base/errors.ts'
import { limits } from '#src/base/limits.ts'
import { compileFunction } from '#src/isolate/compile.ts'

type Handlers = Record<string, ((...args: unknown[]) => unknown) | undefined>

/** Runs the script here; only our own test code is in it. */
async function load(code: string): Promise<Handlers> {
  const { script } = await compileFunction(code, 'function.ts')
  const module = { exports: {} }
  const run = runInThisContext(script) as (exports: object, module: object) => Handlers
  return run(module.exports, module)
}

async function failure(code: string): Promise<SluiceError> {
  return compileFunction(code, 'mine.ts').then(() => {
    throw new Error('it compiled')
  }, (error: SluiceError) => error)
}

test('top-level handlers are found, although nobody exports or calls them', async () => {
  const handlers = await load('async function onTrack(event) { return event }\nconst onPage = (event) => 1')
  expect(typeof handlers.onTrack).toBe('function')
  expect(typeof handlers.onPage).toBe('function')
  expect(handlers.onIdentify).toBeUndefined()
})

test('exported TypeScript handlers are found', async () => {
  const handlers = await load('export async function onTrack(event: { a: number }): Promise<number> { return event.a }\nexport const onPage = (): number => 2')
  expect(await handlers.onTrack?.({ a: 4 })).toBe(4)
  expect(handlers.onPage?.()).toBe(2)
})

test('CommonJS exports are found', async () => {
  expect((await load('module.exports = { onTrack: () => 3 }')).onTrack?.()).toBe(3)
  expect((await load('exports.onTrack = () => 5')).onTrack?.()).toBe(5)
})

test('scripts stay in sloppy mode: assigning a variable that was never declared works', async () => {
  const handlers = await load('function onTrack() { undeclaredByTheTest = 1; return undeclaredByTheTest }')
  expect(handlers.onTrack?.()).toBe(1)
})

test('a handler that the code redefines counts as redefined', async () => {
  expect((await load('function onTrack() { return 1 }\nonTrack = () => 2')).onTrack?.()).toBe(2)
})

test('a comment in the last line does not swallow what follows', async () => {
  expect(typeof (await load('function onTrack() {} // the end')).onTrack).toBe('function')
})

test('code that does not compile names file, line and column', async () => {
  const error = await failure('const a = 1\nfunction onTrack( {\n')
  expect(error.code).toBe('function_compile_failed')
  expect(error.details).toMatchObject({ file: 'mine.ts', line: 3, column: 1 })
  expect(error.message).toMatch(/^mine\.ts:3:1: /)
})

test('code cannot close the function that it is wrapped in', async () => {
  expect((await failure('}); throw new Error("out"); (function () {')).code).toBe('function_compile_failed')
})

test('code above the limit is refused with both sizes', async () => {
  const error = await failure(`// ${'x'.repeat(limits.functionCodeBytesMax)}`)
  expect(error.code).toBe('function_too_large')
  expect(error.message).toContain(String(limits.functionCodeBytesMax))
})
