/**
 * Structured log lines on standard error, one JSON object a line; nothing else of the router writes there.
 * Levels by consequence: error = data or a promise is at risk; warn = someone should look; info = life cycle; debug = the rest.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
const ORDER: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40, silent: 99 }

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

export function createLog(level: LogLevel, write: (line: string) => void = (line) => process.stderr.write(line)): Log {
  const at = (name: LogLevel) => (message: string, fields: Record<string, unknown> = {}) => {
    if (ORDER[name] < ORDER[level]) return
    write(`${JSON.stringify({ at: new Date().toISOString(), level: name, message, ...plain(fields) })}\n`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export const silentLog: Log = createLog('silent')

/** Errors become {name, code, message, stack}; JSON would print them as {}. */
function plain(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => {
    if (!(value instanceof Error)) return [name, value]
    return [name, { name: value.name, code: (value as { code?: unknown }).code, message: value.message, stack: value.stack }]
  }))
}
