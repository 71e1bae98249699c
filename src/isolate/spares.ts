/** Children that have started and never run anything, so that neither a first call nor a killed child's successor waits for a start. */
import { asError, SluiceError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import type { Bundles } from './bundles.ts'
import { ProcessClient } from './process-client.ts'
import { ladder, type Rung, type Sandbox } from './spawn-child.ts'

export interface SparesOptions {
  bundles: Bundles
  limits: Limits
  clock: Clock
  log: Log
  sandbox: Sandbox
  /** Walls that must stand, joined by "+"; see `spawn-child.ts`. */
  require?: string
}

export class Spares {
  readonly #options: SparesOptions
  readonly #rung: Rung
  readonly #starting = new Set<ProcessClient>()
  readonly #closing = new AbortController()
  #next: Promise<ProcessClient>

  /** Finds the strongest rung on which a child starts. Throws `internal` when there is none, or none with the walls that are required. */
  static async open(options: SparesOptions): Promise<Spares> {
    const required = (options.require ?? '').split('+').filter((wall) => wall !== '')
    const failures: string[] = []
    for (const rung of ladder()) {
      const walls = [...rung.level.split('+'), options.sandbox]
      if (!required.every((wall) => walls.includes(wall))) continue
      const child = new ProcessClient({ ...options, rung })
      try {
        await child.ready(options.limits.childStartMs)
        return new Spares(options, rung, child)
      } catch (thrown) {
        failures.push(`${rung.level}: ${asError(thrown).message}`)
      }
    }
    const wanted = required.length > 0 ? ` with the walls that SLUICE_SANDBOX_REQUIRE names (${required.join('+')})` : ''
    throw new SluiceError('internal', { message: `No functions process could be started${wanted}. ${failures.join('; ') || 'This machine offers none of them.'}` })
  }

  private constructor(options: SparesOptions, rung: Rung, first: ProcessClient) {
    this.#options = options
    this.#rung = rung
    this.#starting.add(first)
    this.#next = Promise.resolve(first)
  }

  get level(): string {
    return this.#options.sandbox === 'hardened' ? `${this.#rung.level}+hardened` : this.#rung.level
  }

  get pids(): number[] {
    return [...this.#starting].flatMap((child) => (child.isAlive ? child.pid ?? [] : []))
  }

  /** Rejects only when closed; otherwise keeps trying. */
  async take(): Promise<ProcessClient> {
    const next = this.#next
    this.#next = next.then(() => this.#start(), () => this.#start())
    this.#next.catch(() => undefined)
    const child = await next
    this.#starting.delete(child)
    return child.isAlive ? child : this.take()
  }

  async #start(): Promise<ProcessClient> {
    const { limits, log, clock } = this.#options
    for (let waitMs = limits.childRestartMs; ; waitMs = Math.min(waitMs * 2, limits.childRestartMsMax)) {
      this.#closing.signal.throwIfAborted()
      const child = new ProcessClient({ ...this.#options, rung: this.#rung })
      this.#starting.add(child)
      try {
        await child.ready(limits.childStartMs)
        return child
      } catch (thrown) {
        this.#starting.delete(child)
        if (!this.#closing.signal.aborted) log.error('a functions process could not be started; trying again', { reason: asError(thrown).message, waitMs })
        await clock.sleep(waitMs, this.#closing.signal)
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new SluiceError('shutting_down'))
    const children = [...this.#starting]
    for (const child of children) child.kill('recycled')
    await Promise.all(children.map((child) => child.closed))
  }
}
