/** The libraries' scripts in a child: read from their folder when the first isolate needs one, with the code cache that it made. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIBRARIES, LIBRARY_OF_GLOBAL, type LibraryName } from './libraries.ts'

export interface CachedScript {
  text: string
  /** Made by this process; never from outside, since a forged one is native code. */
  cache?: object
}

const GLOBAL = new RegExp(`(?<![\\w$.])(?:${Object.keys(LIBRARY_OF_GLOBAL).join('|')})(?![\\w$])`, 'g')
const ASKS_FOR = /\bload\("(\w+)"\)/g

export class LibraryShelf {
  readonly #folder: string
  readonly #scripts = new Map<string, CachedScript>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** undefined when there is none of that name. */
  script(library: string): CachedScript | undefined {
    let script = this.#scripts.get(library)
    if (script === undefined && Object.hasOwn(LIBRARIES, library)) {
      this.#scripts.set(library, script = { text: readFileSync(join(this.#folder, `${library}.js`), 'utf8') })
    }
    return script
  }

  /** The libraries whose globals a function names, and what those ask for themselves. A guess: what it misses comes when it is touched. */
  namedIn(code: string): Set<string> {
    const found = new Set<string>([...code.matchAll(GLOBAL)].map(([name]) => LIBRARY_OF_GLOBAL[name] as LibraryName))
    // A Set hands out what is added while it is walked.
    for (const library of found) {
      for (const [, other] of this.script(library)!.text.matchAll(ASKS_FOR)) if (other !== 'bootstrap') found.add(other!)
    }
    return found
  }
}
