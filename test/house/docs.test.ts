import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERRORS } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import { DOCUMENTED_SETTINGS } from '../../src/model/settings.ts'
import { deadLinks, DRAWN, unknownVariables, withDrawnTables } from './docs.ts'
import { readTree, ROOT } from './source-tree.ts'

const readme = { path: 'README.md', text: readFileSync(join(ROOT, 'README.md'), 'utf8') }
const documents = [readme, ...readTree(['src', 'functions', 'sdk', 'test'], ['.md'])]
const TABLES = ['src/base/limits.ts', 'src/base/errors.ts']
const variables = [...DOCUMENTED_SETTINGS.map((row) => row.variable), 'SLUICE_URL']

describe('the documents', () => {
  test("show the settings and the errors as the code has them (npm run docs redraws them)", () => {
    expect(readme.text).toBe(withDrawnTables(readme.text))
  })

  test('speak of no setting that there is not', () => expect(unknownVariables(documents, variables)).toEqual([]))

  test('have no link that leads nowhere', () => expect(deadLinks(documents)).toEqual([]))

  test('keep the architecture short enough to be read', () => {
    expect(readFileSync(join(ROOT, 'src/ARCHITECTURE.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(201)
  })
})

describe('the code', () => {
  test('reads no setting that is not in the table', () => {
    const files = readTree(['src'], ['.ts', '.mjs'])
    expect(unknownVariables(files, variables)).toEqual([])
  })

  test('has no limit and no error code that nothing uses', () => {
    const text = readTree(['src'], ['.ts']).filter(({ path }) => !TABLES.includes(path)).map((file) => file.text).join('\n')
    expect([...Object.keys(limits), ...Object.keys(ERRORS)].filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([])
  })
})

describe('the checks themselves', () => {
  test('see a table that is not as the code has it', () => {
    const [name] = Object.keys(DRAWN)
    const stale = readme.text.replace(`<!-- ${name}: drawn from the code -->\n`, `<!-- ${name}: drawn from the code -->\nstale`)
    expect(stale).not.toBe(readme.text)
    expect(withDrawnTables(stale)).not.toBe(stale)
    expect(() => withDrawnTables('no markers')).toThrow('no markers')
  })

  test('see an unknown variable', () => {
    expect(unknownVariables([{ path: 'a.md', text: 'set SLUICE_SPEED=9 or SLUICE_URL' }], variables)).toEqual(['a.md: SLUICE_SPEED is not a setting'])
  })

  test('see a link to a missing file and to a missing heading', () => {
    const file = { path: 'docs/a.md', text: '# First part\n[x](b.md) [y](#first-part) [z](#second-part) [w](https://example.com/q)' }
    expect(deadLinks([file], (path) => path === 'docs/a.md')).toEqual(['docs/a.md: b.md leads to no file', 'docs/a.md: #second-part leads to no heading'])
  })
})
