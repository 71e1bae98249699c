/** Node's `querystring`. */
type Values = Record<string, unknown>

export const escape = (value: unknown): string => encodeURIComponent(String(value))

export function unescape(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

const written = (value: unknown): string => (['string', 'number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : '')

export function stringify(values: Values | null | undefined, separator = '&', equals = '='): string {
  return Object.entries(values ?? {}).map(([name, value]) => {
    const start = escape(name) + equals
    return Array.isArray(value) ? value.map((one) => start + escape(written(one))).join(separator) : start + escape(written(value))
  }).filter((pair) => pair !== '').join(separator)
}

export function parse(text: string, separator = '&', equals = '='): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {}
  for (const pair of text.split(separator)) {
    if (pair === '') continue
    const at = pair.indexOf(equals)
    const plain = (part: string): string => unescape(part.replaceAll('+', ' '))
    const name = plain(at < 0 ? pair : pair.slice(0, at))
    const value = at < 0 ? '' : plain(pair.slice(at + equals.length))
    const before = found[name]
    found[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return found
}

export { parse as decode, stringify as encode }
