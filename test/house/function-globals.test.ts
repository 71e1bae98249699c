import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { globalsPage, staleRows, withCompatibility } from './function-globals.ts'
import { ROOT } from './source-tree.ts'

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

test('the page of globals is as the code has it (npm run docs redraws it)', () => expect(read('functions/GLOBALS.md')).toBe(globalsPage()))

test('the table of compatibility is as the tests are (npm run docs redraws it)', () => {
  const text = read('functions/README.md')
  expect(text).toBe(withCompatibility(text))
})

test('every global has a row, and every row its test', () => expect(staleRows()).toEqual([]))

test('a table that is not as the code has it would be seen', () => {
  const stale = read('functions/README.md').replace('-->\n| what', '-->\n| whatever')
  expect(withCompatibility(stale)).not.toBe(stale)
  expect(() => withCompatibility('no markers')).toThrow('no markers')
})
