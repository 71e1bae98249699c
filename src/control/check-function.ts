/**
 * Loads code once in an isolate that is thrown away, before it is saved or deployed: what cannot run is refused while its author
 * is looking, with the place and what to do about it.
 */
import { ERRORS, SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { FunctionRuntime, RunResult } from '../isolate/runtime.ts'
import type { CompiledCode, ResourceType } from '../model/function.ts'
import type { FunctionError } from '../model/outcome.ts'

export interface CheckedCode {
  /** What the author wrote. */
  code: string
  compiled: CompiledCode
  resourceType: ResourceType
  workspaceId: string
}

const OF_EVENTS = ['onIdentify', 'onTrack', 'onPage', 'onScreen', 'onGroup', 'onAlias', 'onDelete']
const OF_KIND: Record<ResourceType, readonly string[]> = {
  SOURCE: ['onRequest'],
  DESTINATION: [...OF_EVENTS, 'onBatch'],
  INSERT_DESTINATION: [...OF_EVENTS, 'onBatch'],
  INSERT_SOURCE: OF_EVENTS,
}

/**
 * @throws SluiceError function_load_failed and function_handlers_invalid with details {file, line, column};
 * functions_overloaded or shutting_down when it cannot be known now
 */
export async function checkFunction(runtime: Pick<FunctionRuntime, 'run'>, checked: CheckedCode): Promise<void> {
  const { compiled, resourceType, workspaceId } = checked
  const id = newId('run')
  const instance = { key: id, functionId: id, instanceId: id, workspaceId, name: 'Check', resourceType, code: compiled, settings: {}, batchMaxCount: 1 }
  const [result] = await runtime.run({ instance, call: 'handlers', payloads: ['null'] })
  if (result?.outcome !== 'ok') throw loadError(result, compiled.file)
  checkHandlers(JSON.parse(result.text) as Record<string, string>, checked)
}

function loadError(result: Exclude<RunResult, { outcome: 'ok' }> | undefined, file: string): SluiceError {
  if (result === undefined || result.code === 'functions_overloaded' || result.code === 'shutting_down') return new SluiceError(result?.code ?? 'internal')
  const { name, message, line, column } = result.error ?? { name: 'Error', message: ERRORS[result.code].message }
  const place = { file, ...(line !== undefined && { line, column }) }
  const problem = name === 'Error' || message.startsWith(name) ? message : `${name}: ${message}`
  return new SluiceError('function_load_failed', { message: `${shownPlace(place)}: ${problem.replace(/\.$/, '')}. ${remedy(result.code, { name, message })}`, ...place })
}

function remedy(code: string, { name, message }: FunctionError): string {
  if (name === 'ReferenceError' && /^(?:require|module|exports) /.test(message)) {
    return 'Functions cannot import: put what you need into the code, or use what is there as a global, such as fetch, crypto, Buffer and _.'
  }
  if (code === 'function_timeout' || code === 'function_memory') return 'The top level runs once, before any event, and may only prepare; move the work into a handler.'
  if (name === 'SyntaxError') return 'Correct it and save again.'
  return 'The top level runs once, before any event and without settings; move what can fail into a handler.'
}

function checkHandlers(kinds: Record<string, string>, { code, compiled: { file }, resourceType }: CheckedCode): void {
  const wanted = OF_KIND[resourceType]
  const wrong = wanted.find((name) => kinds[name] !== undefined && kinds[name] !== 'function')
  if (wrong !== undefined) {
    const place = { file, ...placeOfName(code, wrong) }
    throw new SluiceError('function_handlers_invalid', { message: `${shownPlace(place)}: ${wrong} must be a function, and is of the type ${kinds[wrong]}. Write: function ${wrong}(${parametersOf(wrong)}) { … }`, ...place })
  }
  if (wanted.some((name) => kinds[name] === 'function')) return
  const others = Object.keys(kinds)
  const place = { file, ...(others[0] === undefined ? { line: 1, column: 1 } : placeOfName(code, others[0])) }
  const has = others.length === 0 ? 'The code has no handler' : `The code has ${others.join(', ')}, which ${resourceType} functions do not run`
  throw new SluiceError('function_handlers_invalid', { message: `${shownPlace(place)}: ${has}. Add ${wanted.length === 1 ? '' : 'at least one of '}${wanted.join(', ')}.`, ...place })
}

function parametersOf(handler: string): string {
  return handler === 'onRequest' ? 'request, settings' : handler === 'onBatch' ? 'events, settings' : 'event, settings'
}

/** Where the author declares it, else where the name stands first; 1-based. */
function placeOfName(code: string, name: string): { line: number, column: number } {
  const bare = code.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, ' '))
  const declared = new RegExp(`\\b(?:function\\s*\\*?|const|let|var)\\s+(?=${name}\\b)`).exec(bare)
  const at = declared ? declared.index + declared[0].length : Math.max(0, bare.search(new RegExp(`\\b${name}\\b`)))
  const before = code.slice(0, at).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}

function shownPlace({ file, line, column }: { file: string, line?: number, column?: number }): string {
  return line === undefined ? file : `${file}:${line}:${column}`
}
