/** The author's handlers, by event type. */
import { createObject, quote } from './primordials.guest.ts'

export type Handler = (payload: unknown, settings: unknown) => unknown
type Handlers = Record<string, Handler | undefined>

const BY_TYPE = createObject(null) as Record<string, string | undefined>
BY_TYPE.identify = 'onIdentify'
BY_TYPE.track = 'onTrack'
BY_TYPE.page = 'onPage'
BY_TYPE.screen = 'onScreen'
BY_TYPE.group = 'onGroup'
BY_TYPE.alias = 'onAlias'
BY_TYPE.delete = 'onDelete'

let handlers: Handlers = {}
let kinds = '{}'

/** Read once, after loading: what the code redefines later does not count. */
export function setHandlers(found: Record<string, unknown>): void {
  const kept = createObject(null) as Handlers
  let all = ''
  for (const name in found) {
    const value = found[name]
    if (typeof value === 'function') kept[name] = value as Handler
    if (value !== undefined) all += `${all === '' ? '' : ','}${quote(name)}:${quote(value === null ? 'null' : typeof value)}`
  }
  handlers = kept
  kinds = `{${all}}`
}

/** JSON text of what the code calls a handler, by name: "function", or the type of what else it is. */
export function handlerKinds(): string {
  return kinds
}

export function handlerNamed(name: 'onRequest' | 'onBatch'): Handler | undefined {
  return handlers[name]
}

export function handlerOf(type: unknown): Handler | undefined {
  const name = typeof type === 'string' ? BY_TYPE[type] : undefined
  return name === undefined ? undefined : handlers[name]
}
