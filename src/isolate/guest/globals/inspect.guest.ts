/** Values as people read them in a log, on one line, bounded in depth and length. */
import { isArray, isErrorValue, keysOf, quote, sliceText, toText } from '../primordials.guest.ts'

const DEPTH_MAX = 4
const ENTRIES_MAX = 100
const STRING_MAX = 10_000

export function inspect(value: unknown): string {
  try {
    return render(value, 0)
  } catch {
    return '[value that cannot be shown]'
  }
}

function render(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string': return depth === 0 ? value : quote(value.length > STRING_MAX ? `${sliceText(value, 0, STRING_MAX)}…` : value)
    case 'bigint': return `${toText(value)}n`
    case 'function': return `[Function: ${toText(value.name) || 'anonymous'}]`
    case 'object': return value === null ? 'null' : renderObject(value, depth)
    default: return toText(value)
  }
}

function renderObject(value: object, depth: number): string {
  if (isErrorValue(value)) return typeof value.stack === 'string' ? authorStack(value.stack) : `${value.name}: ${value.message}`
  if (value instanceof Date) return toText(value.toJSON())
  if (value instanceof RegExp) return toText(value)
  if (value instanceof Promise) return 'Promise {}'
  if (depth >= DEPTH_MAX) return isArray(value) ? '[Array]' : '[Object]'
  if (isArray(value)) return renderArray(value, depth)
  if (value instanceof Map) return `Map(${value.size}) ${renderArray([...value.entries()], depth)}`
  if (value instanceof Set) return `Set(${value.size}) ${renderArray([...value], depth)}`
  const names = keysOf(value)
  let text = ''
  for (let i = 0; i < names.length && i < ENTRIES_MAX; i++) {
    const name = names[i]!
    text += `${i === 0 ? ' ' : ', '}${name}: ${render((value as Record<string, unknown>)[name], depth + 1)}`
  }
  if (names.length > ENTRIES_MAX) text += `, … ${names.length - ENTRIES_MAX} more`
  return text === '' ? '{}' : `{${text} }`
}

function renderArray(values: unknown[], depth: number): string {
  let text = ''
  for (let i = 0; i < values.length && i < ENTRIES_MAX; i++) text += `${i === 0 ? ' ' : ', '}${render(values[i], depth + 1)}`
  if (values.length > ENTRIES_MAX) text += `, … ${values.length - ENTRIES_MAX} more`
  return text === '' ? '[]' : `[${text} ]`
}

/** Only what is the author's; the rest of a stack says nothing to them. */
function authorStack(stack: string): string {
  return stack.split('\n').filter((line) => !line.includes('sluice:guest')).join('\n')
}
