/** Where and why a text is not JSON. V8's own message often leaves the place out, so this reads the text once more, only then. */
export interface JsonError {
  /** For people: "expected a value", … */
  problem: string
  /** In UTF-16 units from 0. */
  position: number
  /** From 1. */
  line: number
  /** From 1. */
  column: number
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or end'

const PROBLEMS: Record<Expected, string> = {
  'value': 'expected a value',
  'value or ]': 'expected a value or "]"',
  'name': 'expected a property name in double quotes',
  'name or }': 'expected a property name in double quotes or "}"',
  ':': 'expected ":" after the property name',
  ', or end': 'expected "," or the end of the array or object',
}

const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Undefined when the text is JSON. Never recursive: depth costs one letter of `open` a level. */
export function findJsonError(text: string): JsonError | undefined {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let at = 0
  for (;;) {
    at = skipSpace(text, at)
    if (expected === ', or end' && open.length === 0) return at < text.length ? place(text, at, 'unexpected text after the end') : undefined
    if (at >= text.length) return place(text, at, text.trim() === '' ? 'it is empty' : 'it ends too early')
    const step = takeToken(text, at, expected, open)
    if ('problem' in step) return place(text, step.at, step.problem)
    at = step.at
    expected = step.expected
  }
}

type Step = { at: number, expected: Expected } | { at: number, problem: string }

function takeToken(text: string, at: number, expected: Expected, open: ('{' | '[')[]): Step {
  const char = text[at]
  const wrong: Step = { at, problem: PROBLEMS[expected] }
  if (expected === ':') return char === ':' ? { at: at + 1, expected: 'value' } : wrong
  const inside = open.at(-1)
  const closes = expected === ', or end' || expected === 'value or ]' || expected === 'name or }'
  if (closes && ((inside === '[' && char === ']') || (inside === '{' && char === '}'))) {
    open.pop()
    return { at: at + 1, expected: ', or end' }
  }
  if (expected === ', or end') return char === ',' ? { at: at + 1, expected: inside === '{' ? 'name' : 'value' } : wrong
  if (char === '"') {
    const isName = expected === 'name' || expected === 'name or }'
    const end = endOfString(text, at)
    return 'problem' in end ? end : { at: end.at, expected: isName ? ':' : ', or end' }
  }
  if (expected === 'name' || expected === 'name or }') return wrong
  if (char === '{' || char === '[') {
    open.push(char)
    return { at: at + 1, expected: char === '{' ? 'name or }' : 'value or ]' }
  }
  LITERAL.lastIndex = at
  return LITERAL.test(text) ? { at: LITERAL.lastIndex, expected: ', or end' } : wrong
}

/** `at` is the opening quote; the answer is past the closing one. */
function endOfString(text: string, at: number): { at: number } | { at: number, problem: string } {
  for (let index = at + 1; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x22) return { at: index + 1 }
    if (code < 0x20) return { at: index, problem: 'a control character in a string must be written as \\u00xx' }
    if (code === 0x5c) {
      const escape = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(index + 1, index + 6))
      if (!escape) return { at: index, problem: 'a backslash in a string begins no known escape' }
      index += escape[0].length
    }
  }
  return { at: text.length, problem: 'a string has no closing quote' }
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break
  }
  return at
}

function place(text: string, position: number, problem: string): JsonError {
  const before = text.slice(0, position)
  const lineStart = before.lastIndexOf('\n') + 1
  return { problem, position, line: before.split('\n').length, column: position - lineStart + 1 }
}
