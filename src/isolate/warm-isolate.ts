/** One isolate with its one warm context and a loaded function, in a child process. Everything of isolated-vm that we use is here. */
import ivm from 'isolated-vm'
import { answerQuestion } from './host-answers.ts'
import { LIBRARY_OF_GLOBAL } from './libraries.ts'
import type { CachedScript, LibraryShelf } from './library-shelf.ts'
import type { CallMode, ChildLimits } from './protocol.ts'
import type { ResourceType } from '../model/function.ts'
import { SCRIPT_NAME } from './script-name.ts'

export interface WarmIsolateOptions {
  guestScript: CachedScript
  limits: ChildLimits
  libraries: LibraryShelf
  resourceType: ResourceType
  script: string
  settings: string
  /** A message from inside: made by our bootstrap, but whoever breaks that writes what he likes. */
  onMessage(message: unknown): void
}

/**
 * Strings cross in arrays that are copied. As bare arguments they would become external memory of the isolate that made them,
 * for which healthy functions get killed under load.
 */
const IN = { arguments: { copy: true } } as const
const IN_OUT = { ...IN, result: { copy: true, promise: true } } as const

type Entry = ivm.Reference<(...args: unknown[]) => unknown>

export class WarmIsolate {
  readonly #options: WarmIsolateOptions
  readonly #isolate: ivm.Isolate
  readonly #progress = new Int32Array(new SharedArrayBuffer(8))
  /** What this process worked for the isolate while that waited. */
  #answersMs = 0
  #guest: { run: Entry, collect: Entry, settle: Entry, logs: Entry } | undefined

  constructor(options: WarmIsolateOptions) {
    this.#options = options
    this.#isolate = new ivm.Isolate({ memoryLimit: options.limits.functionMemoryMb })
  }

  /**
   * Gives the error that the author's code threw while it was loaded, or that says where it was when its time was over, as JSON text;
   * "" when it loaded. Rejects when the isolate ends.
   */
  async load(): Promise<{ thrown: string, isSlow: boolean }> {
    const { script, limits } = this.#options
    const context = await this.#isolate.createContext()
    const guest = await this.#boot(context)
    await this.#provide(guest, context)
    let code: ivm.Reference
    try {
      const compiled = await this.#isolate.compileScript(script, { filename: SCRIPT_NAME })
      code = await compiled.run(context, { reference: true }) as ivm.Reference
      compiled.release()
    } catch (thrown) {
      if (this.#isolate.isDisposed) throw thrown
      return { thrown: syntaxErrorJson(thrown), isSlow: false }
    }
    const load = await guest.get('load', { reference: true }) as Entry
    let answer: [string]
    try {
      answer = await load.apply(undefined, [code.derefInto()], { result: { copy: true }, timeout: limits.functionLoadMs }) as [string]
    } catch (thrown) {
      if (this.#isolate.isDisposed || !(thrown instanceof Error)) throw thrown
      return { thrown: JSON.stringify({ name: 'FunctionTimeout', message: thrown.message, stack: thrown.stack ?? '' }), isSlow: true }
    }
    this.#guest = {
      run: await guest.get('run', { reference: true }) as Entry,
      collect: await guest.get('collect', { reference: true }) as Entry,
      settle: await guest.get('settle', { reference: true }) as Entry,
      logs: await guest.get('logs', { reference: true }) as Entry,
    }
    return { thrown: answer[0], isSlow: false }
  }

  async #boot(context: ivm.Context): Promise<ivm.Reference<Record<string, unknown>>> {
    const { guestScript, limits, libraries, resourceType, onMessage } = this.#options
    const boot = await this.#evaluate(guestScript, context)
    const config = {
      resourceType,
      outputBytesMax: limits.functionOutputBytesMax,
      sourceOutputBytesMax: limits.functionSourceOutputBytesMax,
      logBytesKept: limits.functionLogBytesKept,
      errorCharsMax: limits.functionErrorCharsMax,
      fetchesMax: limits.functionFetchesMax,
      fetchesInFlightMax: limits.functionFetchesInFlightMax,
      fetchBodyBytesMax: limits.functionFetchBodyBytesMax,
      timersMax: limits.functionTimersMax,
      wallMs: limits.functionWallMs,
      libraries: LIBRARY_OF_GLOBAL,
    }
    const bridge = new ivm.Callback(onMessage, { ignored: true })
    const ask = new ivm.Callback((question: unknown) => {
      const startedMs = performance.now()
      const given = answerQuestion(question, { libraries, limits })
      this.#answersMs += performance.now() - startedMs
      return given
    }, { sync: true })
    const memory = new ivm.ExternalCopy(this.#progress.buffer).copyInto({ release: true })
    const box = new ivm.ExternalCopy([JSON.stringify(config)]).copyInto({ release: true })
    return await boot.apply(undefined, [bridge, ask, memory, box], { result: { reference: true } }) as ivm.Reference<Record<string, unknown>>
  }

  /** Our own scripts, whose values are functions. */
  async #evaluate(script: CachedScript, context: ivm.Context): Promise<Entry> {
    const cache = script.cache as ivm.ExternalCopy<ArrayBuffer> | undefined
    const compiled = await this.#isolate.compileScript(script.text, {
      filename: 'sluice:guest', ...(cache === undefined ? { produceCachedData: true } : { cachedData: cache }),
    }) as ivm.Script & { cachedData?: ivm.ExternalCopy<ArrayBuffer> }
    script.cache ??= compiled.cachedData
    const value = await compiled.run(context, { reference: true }) as Entry
    compiled.release()
    return value
  }

  /** Hands in, not yet run, the libraries that the code names: their code cache makes that a third faster than what happens without. */
  async #provide(guest: ivm.Reference<Record<string, unknown>>, context: ivm.Context): Promise<void> {
    const { libraries, script } = this.#options
    const named = libraries.namedIn(script)
    if (named.size === 0) return
    const provide = await guest.get('provide', { reference: true }) as Entry
    for (const library of named) {
      const factory = await this.#evaluate(libraries.script(library)!, context)
      await provide.apply(undefined, [library, factory.derefInto()])
    }
  }

  /**
   * One call at a time: with several in flight isolated-vm's task queue never goes idle, and it ends healthy isolates for memory.
   * Gives the answer's text ("" when the payloads are not what the caller said) and how many events of it come as messages of their own.
   */
  async run(frame: { frame: number, call: CallMode, count: number, trace: boolean, live: boolean, payloads: string }): Promise<{ text: string, reported: number }> {
    const box = [frame.frame, frame.call, frame.count, frame.trace, frame.payloads, this.#options.settings, frame.live]
    let answer: unknown
    try {
      answer = await this.#guest!.run.apply(undefined, [box], { ...IN_OUT, timeout: this.#options.limits.functionWallMs })
    } catch (thrown) {
      if (this.#isolate.isDisposed) throw thrown
      answer = await this.#collect(frame.frame, thrown)
    }
    const [text, reported] = answer as [string, number]
    return { text, reported }
  }

  /**
   * An author's promise that nobody waits for and that rejects makes the entry fail, although the frame goes on and ends well.
   * So ask for its result once more; each time another such rejection may take its place.
   */
  async #collect(frame: number, thrown: unknown): Promise<unknown> {
    let last = thrown
    for (let tries = 0; tries < 200; tries++) {
      try {
        const answer = await this.#guest!.collect.apply(undefined, [frame], { ...IN_OUT, timeout: this.#options.limits.functionWallMs })
        if (answer === undefined) break
        return answer
      } catch (again) {
        if (this.#isolate.isDisposed) throw again
        last = again
      }
    }
    throw last
  }

  /** What the running event has logged so far, as a JSON array. */
  async logs(): Promise<string> {
    const [lines] = await this.#guest!.logs.apply(undefined, [], { result: { copy: true }, timeout: this.#options.limits.functionWallMs }) as [string]
    return lines
  }

  /** Hands in the answer of a host call. Resolves when what it set off has run as far as it goes without waiting. */
  async settle(box: readonly unknown[]): Promise<void> {
    if (this.#guest === undefined) return
    await this.#guest.settle.apply(undefined, [box], { ...IN, timeout: this.#options.limits.functionWallMs })
  }

  /** How many events have begun, and which one of the frame is running (-1: none). */
  get begun(): number {
    return this.#progress[0]!
  }

  get runningIndex(): number {
    return this.#progress[1]!
  }

  /** Milliseconds of processor time so far, what runs now included. */
  get cpuMs(): number {
    return this.#isolate.isDisposed ? 0 : Number(this.#isolate.cpuTime) / 1e6 + this.#answersMs
  }

  get heapBytes(): number {
    return this.#isolate.isDisposed ? 0 : this.#isolate.getHeapStatisticsSync().used_heap_size
  }

  get isDisposed(): boolean {
    return this.#isolate.isDisposed
  }

  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose()
  }
}

/** What the engine refuses although it compiled, such as a broken regular expression; isolated-vm writes the place behind the message. */
function syntaxErrorJson(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : 'it does not compile'
  const [, message = text, place] = /^([^]*?) \[([^\s\]]+:\d+:\d+)\]$/.exec(text) ?? []
  return JSON.stringify({ name: 'SyntaxError', message, stack: place === undefined ? '' : `    at ${place}` })
}
