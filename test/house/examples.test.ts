import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './source-tree.ts'

/** The type checker's complaints about a project. */
function typeCheck(project: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', project], { cwd: ROOT, encoding: 'utf8' })
  return stdout + stderr
}

test("the example functions fit what the author's types promise", () => {
  expect(typeCheck(join(ROOT, 'functions/tsconfig.json'))).toBe('')
})

test('the check sees a function that uses what is not there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-house-'))
  try {
    writeFileSync(join(folder, 'function.ts'), 'function onTrack(event: TrackEvent): number { return process.exit(event.event) }\n')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
      extends: join(ROOT, 'functions/tsconfig.json'),
      include: ['function.ts', join(ROOT, 'sdk/function/globals.d.ts')],
    }))
    expect(typeCheck(join(folder, 'tsconfig.json'))).toContain("Cannot find name 'process'")
  } finally {
    rmSync(folder, { recursive: true })
  }
})
