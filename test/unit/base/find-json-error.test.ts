import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../support/seeded-random.ts'
import { findJsonError } from '../../../src/base/find-json-error.ts'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('findJsonError', () => {
  it.each([
    ['', 'it is empty', 1, 1],
    [' \n ', 'it is empty', 2, 2],
    ['{"a":1', 'it ends too early', 1, 7],
    ['{"a":1,}', 'expected a property name in double quotes', 1, 8],
    ['{a:1}', 'expected a property name in double quotes or "}"', 1, 2],
    ['{"a" 1}', 'expected ":" after the property name', 1, 6],
    ['{"a":}', 'expected a value', 1, 6],
    ['{"a":[1,]}', 'expected a value', 1, 9],
    ['[1 2]', 'expected "," or the end of the array or object', 1, 4],
    ['[1}', 'expected "," or the end of the array or object', 1, 3],
    ['{"a":\n  tru}', 'expected a value', 2, 3],
    ['{} x', 'unexpected text after the end', 1, 4],
    ['01', 'unexpected text after the end', 1, 2],
    ['["\\x"]', 'a backslash in a string begins no known escape', 1, 3],
    ['["\\u12"]', 'a backslash in a string begins no known escape', 1, 3],
    ['["a\nb"]', 'a control character in a string must be written as \\u00xx', 1, 4],
    ['["abc', 'a string has no closing quote', 1, 6],
    ['undefined', 'expected a value', 1, 1],
    ['userId=u&event=e', 'expected a value', 1, 1],
    ['[-]', 'expected a value or "]"', 1, 2],
  ])('says of %j: %s', (text, problem, line, column) => {
    expect(findJsonError(text)).toMatchObject({ problem, line, column })
  })

  it.each(['{}', '[]', ' {"a":[1,-2.5e+3,true,null,{"b":"\\ud800\\n"}]} ', '"x"', '0', 'null'])('finds nothing wrong with %s', (text) => {
    expect(findJsonError(text)).toBeUndefined()
  })

  it('agrees with JSON.parse about texts that were damaged at random', () => {
    const random = seededRandom(7)
    const whole = '{"batch":[{"type":"track","n":-1.5e3,"t":true,"x":null,"s":"a\\"b\\u00e9"},[],{}],"k":""}'
    for (let round = 0; round < 5_000; round++) {
      const at = random.between(0, whole.length - 1)
      const text = whole.slice(0, at) + random.pick(['', '"', '{', '}', '[', ']', ',', ':', '\\', '1', 'e', '\n', '-']) + whole.slice(at + random.between(0, 2))
      expect([text, findJsonError(text) === undefined]).toEqual([text, isJson(text)])
    }
  })

  it('survives any depth', () => {
    expect(findJsonError('['.repeat(500_000))).toMatchObject({ problem: 'it ends too early', position: 500_000 })
  })
})
