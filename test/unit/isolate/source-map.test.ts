import { runInThisContext } from 'node:vm'
import { expect, test } from 'vitest'
import { compileFunction } from '#src/isolate/compile.ts'
import { SCRIPT_NAME } from '#src/isolate/script-name.ts'
import { placeError } from '#src/isolate/source-map.ts'

const CODE = `interface Wide {
  a: number
  b: string
}

export function onTrack(event: Wide): number {
  const inner = (): number => { throw new TypeError('here') }
  return inner()
}
`

async function thrownStack(): Promise<{ stack: string, code: Awaited<ReturnType<typeof compileFunction>> }> {
  const code = await compileFunction(CODE, 'shop.ts')
  const module = { exports: {} }
  const handlers = (runInThisContext(code.script, { filename: SCRIPT_NAME }) as (exports: object, module: object) => { onTrack(event: object): void })(module.exports, module)
  try {
    handlers.onTrack({})
  } catch (thrown) {
    return { stack: (thrown as Error).stack ?? '', code }
  }
  throw new Error('it did not throw')
}

test('an error names the line and column in the author\'s TypeScript', async () => {
  const { stack, code } = await thrownStack()
  const error = placeError({ name: 'TypeError', message: 'here', stack }, code)
  expect(error).toMatchObject({ name: 'TypeError', message: 'here', file: 'shop.ts', line: 7, column: 39 })
})

test('the stack keeps the author\'s frames alone', async () => {
  const { stack, code } = await thrownStack()
  expect(placeError({ name: 'TypeError', message: 'here', stack }, code).stack?.split('\n')).toEqual([
    'TypeError: here', '    at inner (shop.ts:7:39)', expect.stringMatching(/^ {4}at (Object\.)?onTrack \(shop\.ts:8:10\)$/),
  ])
})

test('an error without a stack of the author\'s has no place', async () => {
  const { code } = await thrownStack()
  expect(placeError({ name: 'Error', message: 'm', stack: 'Error: m\n    at elsewhere (other.js:1:2)' }, code)).toEqual({ name: 'Error', message: 'm' })
})
