/** Reads what a child says about the payloads of a frame. The child runs strangers' code, so every shape is checked. */
import { isErrorCode } from '../base/errors.ts'
import type { CompiledCode } from '../model/function.ts'
import type { FunctionError, FunctionLog, FunctionRequest } from '../model/outcome.ts'
import type { RunResult, RunTrace } from './runtime.ts'
import { placeError } from './source-map.ts'

/** What the child measured around the frame; only traces show it. */
export interface Measured {
  ms: number
  cpuMs: number
  heapBytes: number
}

export interface ReadOptions {
  code: CompiledCode
  count: number
  trace: boolean
  measured: Measured
  /** Of an event's log lines, together; the rest is cut. */
  logCharsMax: number
  requests(position: number): readonly FunctionRequest[]
  take(position: number, result: RunResult): void
}

/** Gives false when the answer does not have its form, which a healthy bootstrap never makes. `guest/answer.guest.ts` says what the form is. */
export function readResults(body: string, options: ReadOptions): boolean {
  const headEnd = body.indexOf('\n')
  if (headEnd < 0) return false
  let entries: unknown
  try {
    entries = JSON.parse(body.slice(0, headEnd))
  } catch {
    return false
  }
  if (!Array.isArray(entries) || entries.length !== options.count) return false
  const texts = new Texts(body, headEnd + 1)
  for (let position = 0; position < entries.length; position++) {
    const entry: unknown = entries[position]
    if (entry === 0) continue
    const result = Array.isArray(entry) ? okResult(entry, texts) : readObject(entry, { texts, position, options })
    if (result === undefined) return false
    options.take(position, result)
  }
  return texts.isRead
}

class Texts {
  readonly #body: string
  #at: number

  constructor(body: string, at: number) {
    this.#body = body
    this.#at = at
  }

  next(chars: unknown): string | undefined {
    if (!Number.isSafeInteger(chars) || (chars as number) < 0) return undefined
    const end = this.#at + (chars as number)
    if (end > this.#body.length) return undefined
    const text = this.#body.slice(this.#at, end)
    this.#at = end
    return text
  }

  get isRead(): boolean {
    return this.#at === this.#body.length
  }
}

function okResult(lengths: unknown[], texts: Texts): RunResult | undefined {
  const text = texts.next(lengths[0])
  if (text === undefined) return undefined
  if (lengths.length === 1) return { outcome: 'ok', text }
  const messageId = texts.next(lengths[1])
  const integrations = texts.next(lengths[2])
  return messageId === undefined || integrations === undefined ? undefined : { outcome: 'ok', text, messageId, integrations }
}

interface ObjectEntry {
  o?: unknown
  c?: unknown
  e?: unknown
  l?: unknown
  x?: unknown
  t?: unknown
}

function readObject(entry: unknown, context: { texts: Texts, position: number, options: ReadOptions }): RunResult | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const { o: outcome, c: code, e: thrown, t: lengths } = entry as ObjectEntry
  const trace = traceOf(entry, context)
  if (outcome === 'ok') {
    const result = Array.isArray(lengths) ? okResult(lengths, context.texts) : undefined
    return result === undefined ? undefined : { ...result, trace }
  }
  if (typeof code !== 'string' || !isErrorCode(code)) return undefined
  const error = thrown === undefined ? undefined : readThrown(thrown, context.options.code)
  if (outcome === 'dropped') return { outcome, code, ...(error && { error }), ...(context.options.trace && { trace }) }
  if ((outcome !== 'retry' && outcome !== 'discarded') || error === undefined) return undefined
  return { outcome, code, error, trace }
}

/** A thrown value as the guest described it, placed in the author's file. */
export function readThrown(thrown: unknown, code: CompiledCode): FunctionError | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  const { name, message, stack } = thrown as Record<string, unknown>
  if (typeof name !== 'string' || typeof message !== 'string' || typeof stack !== 'string') return undefined
  return placeError({ name, message, stack }, code)
}

function traceOf(entry: ObjectEntry, { position, options }: { position: number, options: ReadOptions }): RunTrace {
  const { ms, cpuMs, heapBytes } = options.measured
  const { logs, isCut } = readLogs(entry.l, options.logCharsMax)
  return { logs, logsTruncated: entry.x === 1 || isCut, requests: [...options.requests(position)], durationMs: ms, cpuMs, heapBytes }
}

/** As many of the lines as the bound allows, from the first on. */
export function readLogs(said: unknown, charsMax: number): { logs: FunctionLog[], isCut: boolean } {
  const all = Array.isArray(said) ? said.filter(isLog) : []
  let room = charsMax
  const logs = all.filter(({ message }) => (room -= message.length) >= 0)
  return { logs, isCut: logs.length < all.length }
}

const LEVELS: ReadonlySet<unknown> = new Set(['debug', 'info', 'log', 'warn', 'error'])

function isLog(entry: unknown): entry is FunctionLog {
  if (typeof entry !== 'object' || entry === null) return false
  const { level, message, at } = entry as Record<string, unknown>
  return LEVELS.has(level) && typeof message === 'string' && typeof at === 'number'
}
