/** Benchmarks rot when nobody runs them: these say that they run and that every answer they time is right, not how fast. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

test('the bench of the sandbox prints its ratios', async () => {
  const { stdout } = await run(process.execPath, [new URL('bench.ts', import.meta.url).pathname, '--quick', '--only', 'sandbox'])
  expect(stdout).toMatch(/\| sandbox, trivial, 100 per batch \| \d+\.\d+ \| >= 0\.6 \|/)
  expect(stdout).toMatch(/\| sandbox, heavy, 100 per batch \| \d+\.\d+ \|/)
})

test('a healthy function under full load is never killed, retried or refused', async () => {
  const { stdout } = await run(process.execPath, [new URL('soak.ts', import.meta.url).pathname, '--events', '100000'])
  expect(stdout).toContain('no run was killed, retried or refused')
})
