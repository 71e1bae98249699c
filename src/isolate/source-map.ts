/** Brings errors of a function from the script that ran back to the lines that its author wrote. */
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import type { CompiledCode } from '../model/function.ts'
import type { FunctionError } from '../model/outcome.ts'
import { SCRIPT_NAME } from './script-name.ts'

const FRAME = new RegExp(`^\\s*at (?:async )?(?:(.*?) \\()?${SCRIPT_NAME}:(\\d+):(\\d+)\\)?$`)

/** A map takes milliseconds to read, and errors come in crowds. */
const maps = new WeakMap<CompiledCode, TraceMap>()

/** `raw` is what the guest could read of the thrown value, all strings bounded there. */
export function placeError(raw: { name: string, message: string, stack: string }, code: CompiledCode): FunctionError {
  const places = raw.stack.split('\n').flatMap((line) => authorPlace(line, code) ?? [])
  const error: FunctionError = { name: raw.name, message: raw.message }
  const first = places[0]
  if (first === undefined) return error
  error.file = code.file
  error.line = first.line
  error.column = first.column
  error.stack = [`${raw.name}: ${raw.message}`, ...places.map((place) => place.text)].join('\n')
  return error
}

function authorPlace(frame: string, code: CompiledCode): { line: number, column: number, text: string } | undefined {
  const match = FRAME.exec(frame)
  if (match === null) return undefined
  const found = originalPositionFor(mapOf(code), { line: Number(match[2]), column: Math.max(0, Number(match[3]) - 1) })
  if (found.line === null) return undefined
  const place = { line: found.line, column: found.column + 1 }
  const where = `${code.file}:${place.line}:${place.column}`
  return { ...place, text: match[1] ? `    at ${match[1]} (${where})` : `    at ${where}` }
}

function mapOf(code: CompiledCode): TraceMap {
  let map = maps.get(code)
  if (map === undefined) {
    map = new TraceMap(code.sourceMap)
    maps.set(code, map)
  }
  return map
}
