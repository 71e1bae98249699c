/** Globals whose library is loaded when they are first touched. */
import { askHost } from './host.guest.ts'
import { defineProperty, evaluate, keysOf, SafeMap } from '../primordials.guest.ts'

type Exports = Record<string, unknown>
type Factory = (load: (library: string) => Exports, process: unknown) => Exports

const loaded = new SafeMap<string, Exports>()
let nodeProcess: unknown

/** `bootstrap` is what libraries may use of what is here already. */
export function offerToLibraries(bootstrap: Exports, process: unknown): void {
  loaded.set('bootstrap', bootstrap)
  nodeProcess = process
}

const provided = new SafeMap<string, Factory>()

export function provideLibrary(name: string, factory: Factory): void {
  provided.set(name, factory)
}

export const loadedLibrary = (name: string): Exports | undefined => loaded.get(name)

export function loadLibrary(name: string): Exports {
  const found = loaded.get(name)
  if (found !== undefined) return found
  const factory = provided.get(name) ?? evaluate(askHost(['library', name]) as string) as Factory
  const made = factory(loadLibrary, nodeProcess)
  loaded.set(name, made)
  return made
}

/** They behave as plain writable properties: the first reading makes them so, and so does writing. */
export function installLibraries(libraryOf: Record<string, string>): void {
  const names = keysOf(libraryOf)
  for (let i = 0; i < names.length; i++) installLazily(names[i]!, libraryOf[names[i]!]!)
}

function installLazily(name: string, library: string): void {
  const settle = (value: unknown): void => {
    defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
  }
  const unread = {
    configurable: true,
    enumerable: false,
    get() {
      // Libraries look whether there is one already; that must not load them again.
      settle(undefined)
      try {
        const value = loadLibrary(library)[name]
        settle(value)
        return value
      } catch (thrown) {
        defineProperty(globalThis, name, unread)
        throw thrown
      }
    },
    set: settle,
  }
  defineProperty(globalThis, name, unread)
}
