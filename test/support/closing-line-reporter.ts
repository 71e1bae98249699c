import { writeSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** Prints `12 passed, 0 failed` as the very last line of a run, for readers that do not know the runner's own summary. */
export class ClosingLineReporter implements Reporter {
  #line: string | undefined

  onInit(): void {
    // At exit, so that nothing else of the runner is printed after it.
    process.once('exit', () => {
      if (this.#line !== undefined) writeSync(1, `${this.#line}\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#line = closingLine(modules, unhandledErrors.length)
  }
}

/** A file that cannot be loaded and an error outside of all tests count as one failure each. */
export function closingLine(modules: readonly TestModule[], unhandledErrorCount: number): string {
  let passed = 0
  let failed = unhandledErrorCount
  for (const module of modules) {
    const failedBefore = failed
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') passed += 1
      if (state === 'failed') failed += 1
    }
    if (module.state() === 'failed' && failed === failedBefore) failed += 1
  }
  return `${passed} passed, ${failed} failed`
}
