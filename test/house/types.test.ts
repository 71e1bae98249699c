import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './source-tree.ts'

function output(tool: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin', tool), args, { cwd: ROOT, encoding: 'utf8' })
  return stdout + stderr
}

test('the sources have the types they claim', () => expect(output('tsc', '--noEmit')).toBe(''))
test('the code that runs inside isolates has too, without Node', () => expect(output('tsc', '--noEmit', '-p', 'src/isolate/guest')).toBe(''))
test('the linter has nothing to say', () => expect(output('oxlint')).toContain('Found 0 warnings and 0 errors.'))
