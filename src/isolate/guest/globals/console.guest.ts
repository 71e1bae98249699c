/** Captures what an author logs, as text at the moment of the call, up to a bound; it leaves the isolate only with failures and traces. */
import { inspect } from './inspect.guest.ts'
import { invocation } from '../invocation.guest.ts'
import { now, quote, sliceText, toText } from '../primordials.guest.ts'

type Level = 'debug' | 'info' | 'log' | 'warn' | 'error'

export function addLog(level: Level, message: string): void {
  if (invocation.logsTruncated) return
  const room = invocation.config.logBytesKept - invocation.logs.length
  let text = message
  if (text.length > room) {
    text = sliceText(text, 0, room > 0 ? room : 0)
    invocation.logsTruncated = true
  }
  const entry = `{"level":"${level}","message":${quote(text)},"at":${now()}}`
  invocation.logs = invocation.logs === '' ? entry : `${invocation.logs},${entry}`
  if (invocation.live) invocation.send(['log', invocation.index, entry])
}

const at = (level: Level) => (...args: unknown[]): void => {
  if (!invocation.logsTruncated) addLog(level, format(args))
}

/** As Node formats: %s %d %i %f %j %o %O in the first string, the rest behind it, separated by spaces. */
export function format(args: unknown[]): string {
  const first = args[0]
  let text = ''
  let next = 0
  if (typeof first === 'string') {
    next = 1
    let from = 0
    for (let i = 0; i < first.length - 1; i++) {
      if (first[i] !== '%') continue
      const letter = first[i + 1]!
      const replacement = letter === '%' ? '%' : next < args.length ? placed(letter, args[next]) : undefined
      if (replacement === undefined) continue
      if (letter !== '%') next++
      text += sliceText(first, from, i) + replacement
      from = i + 2
      i++
    }
    text += sliceText(first, from)
  }
  for (; next < args.length; next++) {
    const value = args[next]
    text += (next === 0 ? '' : ' ') + (typeof value === 'string' ? value : inspect(value))
  }
  return text
}

function placed(letter: string, value: unknown): string | undefined {
  switch (letter) {
    case 's': return typeof value === 'string' ? value : inspect(value)
    case 'd': case 'i': case 'f': return typeof value === 'object' || typeof value === 'symbol' ? 'NaN' : toText(value)
    case 'j': case 'o': case 'O': return inspect(value)
    default: return undefined
  }
}

const log = at('log')
const error = at('error')
const ignore = (): void => undefined

export const console = {
  log, error, debug: at('debug'), info: at('info'), warn: at('warn'),
  dir: (value: unknown): void => log(value), dirxml: log, table: log, group: log, groupCollapsed: log, groupEnd: ignore,
  trace: (...args: unknown[]): void => error('Trace:', ...args),
  assert: (condition: unknown, ...args: unknown[]): void => {
    if (!condition) error('Assertion failed:', ...args)
  },
  count: ignore, countReset: ignore, time: ignore, timeEnd: ignore, timeLog: ignore, clear: ignore,
}
