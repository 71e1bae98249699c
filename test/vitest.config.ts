import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { ClosingLineReporter } from './support/closing-line-reporter.ts'

interface ProjectOptions {
  /** Projects of one group run together; groups run one after the other. */
  group: number
  testTimeoutMs: number
  /** Files at a time; the small machines that run this have two cores. */
  workersMax?: number
}

/** A project is a folder of `test/`: its name says how its tests work, not what they test. */
function project(name: string, { group, testTimeoutMs, workersMax }: ProjectOptions) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: testTimeoutMs,
      hookTimeout: Math.max(testTimeoutMs, 30_000),
      sequence: { groupOrder: group },
      ...(workersMax === undefined ? {} : { maxWorkers: workersMax }),
    },
  }
}

export default defineConfig({
  root: resolve(import.meta.dirname, '..'),
  test: {
    // Node loads the sources itself, as it does in production: what it cannot run must not pass here either.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    pool: 'forks',
    expect: { requireAssertions: true },
    reporters: ['default', new ClosingLineReporter()],
    projects: [
      project('house', { group: 0, testTimeoutMs: 60_000 }),
      project('unit', { group: 0, testTimeoutMs: 20_000 }),
      project('contract', { group: 0, testTimeoutMs: 30_000 }),
      // These start processes of their own and load the machine: one file at a time, one project after the other.
      project('sandbox', { group: 1, testTimeoutMs: 120_000, workersMax: 1 }),
      // These start Debian's redis-server; without it, or the right to install it, they fail and say so.
      project('redis', { group: 2, testTimeoutMs: 120_000, workersMax: 1 }),
      project('e2e', { group: 3, testTimeoutMs: 180_000, workersMax: 1 }),
      // These drive the SDKs of others, in Node and in Debian's Chromium.
      project('clients', { group: 5, testTimeoutMs: 120_000, workersMax: 1 }),
      project('fault', { group: 4, testTimeoutMs: 600_000, workersMax: 1 }),
      project('bench', { group: 6, testTimeoutMs: 180_000, workersMax: 1 }),
    ],
  },
})
