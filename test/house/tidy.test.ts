import { describe, expect, test } from 'vitest'
import { readTree } from './source-tree.ts'
import { emptyNames, hiddenInputs, leftovers, longFiles, longFunctions, longParameterLists, loopholes } from './tidy.ts'

/** `path#function` to the reason. This list may only shrink: an entry that is no longer needed fails the test. */
const LONGER_FUNCTIONS: Record<string, string> = {}
const LONGER_PARAMETER_LISTS: Record<string, string> = {
  'src/base/errors.ts#row': 'the rows of the table stand in columns',
  'src/egress/exchange.ts#onResponseStart': "undici's interface",
}

const code = readTree(['src', 'sdk', 'functions', 'test'], ['.ts', '.mjs', '.js'])
const ours = code.filter(({ path }) => !path.startsWith('test/'))
const texts = readTree(['src', 'sdk', 'functions', 'test'], ['.ts', '.mjs', '.js', '.json', '.md', '.sql'])
/** The checks and their samples hold the very words that they look for. */
const isNoSample = ({ path }: { path: string }) => !path.startsWith('test/house/tidy')
const source = (path: string, text: string) => ({ path, text })

describe('the sources', () => {
  test('have no file that is too long to read', () => expect(longFiles(code)).toEqual([]))
  test('have no function that is too long to read', () => expect(longFunctions(ours, LONGER_FUNCTIONS)).toEqual([]))
  test('have no function with a row of parameters to count', () => expect(longParameterLists(ours, LONGER_PARAMETER_LISTS)).toEqual([]))
  test('give no name that says nothing', () => expect(emptyNames(code)).toEqual([]))
  test('take time, chance and the network as arguments', () => expect(hiddenInputs(code)).toEqual([]))
  test('go round no check', () => expect(loopholes(code.filter(isNoSample))).toEqual([]))
  test('leave nothing lying about', () => expect(leftovers(texts.filter(isNoSample))).toEqual([]))
})

describe('the checks themselves', () => {
  test('see a long file', () => {
    expect(longFiles([source('src/base/a.ts', 'x\n'.repeat(401))])).toHaveLength(1)
    expect(longFiles([source('src/base/a.ts', 'x\n'.repeat(400))])).toEqual([])
  })

  test('see a long function, a method and an arrow, and an exception that is no longer needed', () => {
    const long = (head: string, tail = '}'): string => `${head}\n${'  work()\n'.repeat(60)}${tail}`
    expect(longFunctions([source('a.ts', long('function walk() {'))])).toHaveLength(1)
    expect(longFunctions([source('a.ts', long('const walk = () => {'))])).toHaveLength(1)
    expect(longFunctions([source('a.ts', long('class A { walk() {', '}}'))])).toHaveLength(1)
    expect(longFunctions([source('a.ts', long('function walk() {'))], { 'a.ts#walk': 'a table' })).toEqual([])
    expect(longFunctions([source('a.ts', 'function walk() {}')], { 'a.ts#walk': 'a table' })).toHaveLength(1)
  })

  test('see a fourth parameter', () => {
    expect(longParameterLists([source('a.ts', 'function f(a, b, c, d) {}')])).toHaveLength(1)
    expect(longParameterLists([source('a.ts', 'function f(a: A, b: B, c: C, d: string) {}')])).toHaveLength(1)
    expect(longParameterLists([source('a.ts', 'function f(a, b, c, { d, e }) {}')])).toEqual([])
    expect(longParameterLists([source('a.ts', 'function f(a, b, c) {}')], { 'a.ts#f': 'columns' })).toHaveLength(1)
  })

  test('see names that say nothing', () => {
    expect(emptyNames([source('src/base/string-utils.ts', '')])).toHaveLength(1)
    expect(emptyNames([source('src/base/StringCase.ts', '')])).toHaveLength(1)
    expect(emptyNames([source('src/base/a.ts', 'export class QueueManager {}\nconst eventData = 1\ntype UserInfo = {}')])).toHaveLength(3)
    expect(emptyNames([source('src/base/a.ts', 'log.info()\nconst update = 1')])).toEqual([])
  })

  test('see hidden time, chance and network, but not an argument of that name', () => {
    const at = (text: string) => hiddenInputs([source('src/worker/a.ts', text)])
    for (const text of ['Date.now()', 'new Date()', 'Math.random()', 'setTimeout(f, 1)', 'await fetch(url)', 'const now = Date.now']) {
      expect(at(text), text).toHaveLength(1)
    }
    expect(at('function f({ fetch }) { return fetch(1) }')).toEqual([])
    expect(at('new Date(5)')).toEqual([])
    expect(hiddenInputs([source('src/base/clock.ts', 'Date.now()')])).toEqual([])
  })

  test('see any and switched-off checks', () => {
    expect(loopholes([source('src/a.ts', 'const x = y as any')])).toHaveLength(1)
    expect(loopholes([source('src/a.ts', '// @ts-ignore')])).toHaveLength(1)
    expect(loopholes([source('src/a.ts', '// oxlint-disable-next-line')])).toHaveLength(1)
    expect(loopholes([source('src/a.ts', 'const anyThing: unknown = "any"')])).toEqual([])
  })

  test('see what was left lying about', () => {
    for (const text of ['// TODO: later', 'test.only("x")', 'cat /home/ada/x', 'Co-authored-by: Ada']) {
      expect(leftovers([source('a.md', text)]), text).toHaveLength(1)
    }
    expect(leftovers([source('a.md', 'The data is at ~/sluice and http://host/work/.')])).toEqual([])
  })
})
