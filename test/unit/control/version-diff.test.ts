import { expect, test } from 'vitest'
import { diffVersions } from '#src/control/version-diff.ts'
import type { FunctionVersion } from '#src/model/function.ts'

const version = (number: number, code: string): FunctionVersion => ({ id: `v${number}`, functionId: 'fn', number, code, compiled: { script: '', sourceMap: '', file: 'function.ts' }, createdAt: '' })

test('the diff is unified, names both sides, and counts lines', () => {
  const diff = diffVersions(version(1, 'a\nb\nc\n'), version(2, 'a\nB\nc\nd\n'))
  expect(diff).toEqual({
    fromVersionId: 'v1', toVersionId: 'v2', addedLines: 2, removedLines: 1,
    unified: '--- function.ts (version 1)\n+++ function.ts (version 2)\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n c\n+d\n',
  })
})

test('equal code has an empty diff', () => {
  expect(diffVersions(version(1, 'a'), version(2, 'a'))).toMatchObject({ unified: '', addedLines: 0, removedLines: 0 })
})

test('large texts with nothing in common are told as replaced instead of compared for minutes', () => {
  const lines = (name: string): string => Array.from({ length: 40_000 }, (_, index) => `${name}${(index * 7919) % 40_000}`).join('\n')
  const diff = diffVersions(version(1, lines('a')), version(2, lines('b')))
  expect(diff).toMatchObject({ addedLines: 40_000, removedLines: 40_000 })
  expect(diff.unified.split('\n')).toHaveLength(80_004)
})
