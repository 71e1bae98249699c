/** The system's name for a network failure (ECONNREFUSED, ENOTFOUND, …), dug out of whatever the layers below threw. */

/** undici's names for what Node's own client reports under the system's. */
const SYSTEM_NAMES: Record<string, string> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
}

export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  // One error per address when a name has several; the first is as good as any.
  if (error instanceof AggregateError && error.errors.length > 0) return systemCodeOf(error.errors[0])
  // The parser's own codes get lost on their way through undici 8.
  if (error.name === 'HTTPParserError') return 'EPROTO'
  const { code } = error as NodeJS.ErrnoException
  if (code === 'UND_ERR_SOCKET' && error.cause instanceof Error) return systemCodeOf(error.cause) ?? SYSTEM_NAMES[code]
  return typeof code === 'string' ? SYSTEM_NAMES[code] ?? code : systemCodeOf(error.cause)
}
