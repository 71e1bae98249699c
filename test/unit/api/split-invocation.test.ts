import { expect, test } from 'vitest'
import { splitInvocation } from '#src/api/split-invocation.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const STRINGS = ['', 'a', '"', '\\', '{', '}', '[', ']', ',', '\\"', 'é', '😀', '\n', '\u2028', '"}],"events":[{']

test('each text comes out as it was put in, whatever stands in strings and between tokens', () => {
  const random = seededRandom(20_261_123)
  const pick = (count: number) => random.between(0, count)
  const value = (depth: number): unknown => {
    const kind = pick(depth > 4 ? 4 : 6)
    if (kind === 0) return STRINGS[pick(STRINGS.length)]
    if (kind === 1) return pick(1_000) / 8
    if (kind === 2) return [true, false, null][pick(3)]
    if (kind === 3) return `${STRINGS[pick(STRINGS.length)]}${STRINGS[pick(STRINGS.length)]}`
    if (kind === 4) return Array.from({ length: pick(4) }, () => value(depth + 1))
    return object(depth)
  }
  const object = (depth: number) => Object.fromEntries(Array.from({ length: pick(4) }, () => [STRINGS[pick(STRINGS.length)], value(depth + 1)]))
  for (let round = 0; round < 500; round++) {
    const text = () => JSON.stringify(object(0), null, random.pick(['', '  ', '\t']))
    const events = Array.from({ length: pick(5) }, text)
    const settings = text()
    const space = random.pick(['', ' ', '\r\n\t'])
    const fields = [`"events"${space}:${space}[${space}${events.join(`${space},${space}`)}${space}]`, `"settings"${space}:${space}${settings}`]
    const body = `${space}{${space}${(pick(2) === 0 ? fields : fields.toReversed()).join(`${space},${space}`)}${space}}${space}`
    expect(splitInvocation(Buffer.from(body))).toEqual({ events, settings })
  }
})

test('a text that is cut off anywhere is refused, never waited for', () => {
  const text = '{"settings": {"a": [1, "x\\"y"]}, "events": [{"b": "c"}, {}]}'
  for (let length = 0; length < text.length; length++) {
    expect(() => splitInvocation(Buffer.from(text.slice(0, length)))).toThrow(expect.objectContaining({ code: 'invalid_json' }))
  }
})
