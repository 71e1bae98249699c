import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ROOT } from './source-tree.ts'

// Below the repository, so that the sample finds the test runner.
let folder: string
beforeEach(() => { folder = mkdtempSync(join(ROOT, 'node_modules/.closing-line-')) })
afterEach(() => rmSync(folder, { recursive: true }))

function lastLineOf(samples: Record<string, string>): { line: string | undefined, status: number | null } {
  for (const [file, text] of Object.entries(samples)) writeFileSync(join(folder, file), `import { test, expect } from 'vitest'\n${text}`)
  writeFileSync(join(folder, 'vitest.config.ts'), `import { ClosingLineReporter } from '${join(ROOT, 'test/support/closing-line-reporter.ts')}'
    export default { test: { include: ['**/*.test.ts'], exclude: [], reporters: ['default', new ClosingLineReporter()] } }`)
  const { stdout, status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder], { encoding: 'utf8' })
  return { line: stdout.trimEnd().split('\n').at(-1), status }
}

test('the last line of a run counts what passed and what failed', () => {
  expect(lastLineOf({ 'a.test.ts': "test('a', () => expect(1).toBe(1))\ntest('b', () => expect(1).toBe(1))" })).toEqual({ line: '2 passed, 0 failed', status: 0 })
  expect(lastLineOf({ 'a.test.ts': "test('a', () => expect(1).toBe(1))\ntest('b', () => expect(1).toBe(2))" })).toEqual({ line: '1 passed, 1 failed', status: 1 })
})

test('a file that cannot be loaded and an error outside of all tests are failures', () => {
  expect(lastLineOf({
    'a.test.ts': "test('a', () => { Promise.reject(new Error('nobody waits for this')); expect(1).toBe(1) })",
    'b.test.ts': "throw new Error('not loadable')",
  })).toEqual({ line: '1 passed, 2 failed', status: 1 })
})
