/** Makes one sloppy-mode script of what an author wrote, with a map back to it. */
import { transform, type TransformFailure } from 'esbuild'
import { asError, SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { CompiledCode } from '../model/function.ts'

/** Every name that the runtime calls. */
export const HANDLERS = ['onRequest', 'onIdentify', 'onTrack', 'onPage', 'onScreen', 'onGroup', 'onAlias', 'onDelete', 'onBatch'] as const

/**
 * TypeScript or JavaScript, with top-level handlers or with exported ones.
 * `transform` to cjs is the one esbuild mode that keeps top-level handlers nobody calls, and an empty tsconfig keeps sloppy mode
 * (contract 2.1); `bundle` and `iife` would delete every handler.
 *
 * Throws function_too_large, and function_compile_failed with {file, line, column} (both 1-based) in the author's code.
 */
export async function compileFunction(code: string, file: string): Promise<CompiledCode> {
  const bytes = Buffer.byteLength(code)
  if (bytes > limits.functionCodeBytesMax) {
    throw new SluiceError('function_too_large', {
      message: `The code has ${bytes} bytes; at most ${limits.functionCodeBytesMax} are allowed. Libraries that functions find as globals need not be part of it.`,
      file,
    })
  }
  try {
    const result = await transform(code, {
      loader: 'ts', format: 'cjs', target: 'es2024', tsconfigRaw: '{}', sourcemap: 'external', sourcefile: file, sourcesContent: false, logLevel: 'silent',
    })
    return { script: wrap(result.code), sourceMap: shiftOneLine(result.map), file }
  } catch (thrown) {
    throw compileError(thrown, file)
  }
}

/** Whether the code has anything by the name of the handler; what it is, only loading it tells. */
export function mentionsHandler({ script }: CompiledCode, name: (typeof HANDLERS)[number]): boolean {
  return script.slice(0, script.lastIndexOf(ENDING)).includes(name)
}

const ENDING = '\nreturn{'

/** The code may declare its handlers with any keyword or export them; names are read after it ran, since it may redefine them. */
function wrap(code: string): string {
  const handlers = HANDLERS.map((name) => `${name}:typeof ${name}!=="undefined"?${name}:module.exports.${name}`)
  return `(function(exports,module){\n${code}${ENDING}${handlers.join(',')}}})`
}

/** One line was put in front; a mapping line is ended by ";". */
function shiftOneLine(map: string): string {
  const parsed = JSON.parse(map) as { mappings: string }
  parsed.mappings = `;${parsed.mappings}`
  return JSON.stringify(parsed)
}

function compileError(thrown: unknown, file: string): SluiceError {
  const first = (thrown as Partial<TransformFailure>).errors?.[0]
  if (first === undefined) return new SluiceError('function_compile_failed', { message: asError(thrown).message, file, cause: thrown })
  const { location, text } = first
  if (location === null) return new SluiceError('function_compile_failed', { message: text, file })
  const place = { file, line: location.line, column: location.column + 1 }
  return new SluiceError('function_compile_failed', { message: `${file}:${place.line}:${place.column}: ${text}`, ...place })
}
