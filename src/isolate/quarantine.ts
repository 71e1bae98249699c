/**
 * Pauses a function that keeps killing its process, so that it does not burn the machine for everybody.
 *
 * A kill counts when an event that ran alone caused it: then it is known who did it. Kills alone are not enough, for one poison
 * event among many is the event's fault and costs only itself. So a function has credit: each event that ends well adds one, up to
 * a bound, and each kill takes `quarantineHealthyPerKill`. It is paused when it killed `quarantineKills` times within the window
 * *and* its credit is used up. The neighbours of poison events thus keep being delivered, a function whose every event kills is
 * stopped at the third, and new code starts unmarked.
 */
import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { RunnableInstance } from '../model/function.ts'

interface Mark {
  /** The code that it belongs to. */
  script: string
  killsMs: number[]
  credit: number
  untilMs: number | undefined
}

export class Quarantine {
  readonly #limits: Limits
  readonly #clock: Clock
  /** By function. */
  readonly #marks = new Map<string, Mark>()

  constructor(options: { limits: Limits, clock: Clock }) {
    this.#limits = options.limits
    this.#clock = options.clock
  }

  /** How long it is still paused; undefined when it is not. */
  pausedForMs(instance: RunnableInstance): number | undefined {
    const mark = this.#marks.get(instance.functionId)
    if (mark?.untilMs === undefined || mark.script !== instance.code.script) return undefined
    const leftMs = mark.untilMs - this.#clock.monotonicMs()
    if (leftMs > 0) return leftMs
    this.#marks.delete(instance.functionId)
    return undefined
  }

  countHealthy(instance: RunnableInstance, events: number): void {
    const mark = this.#markOf(instance)
    const { quarantineKills, quarantineHealthyPerKill } = this.#limits
    mark.credit = Math.min(mark.credit + events, 4 * quarantineKills * quarantineHealthyPerKill)
  }

  /** True when this kill pauses the function. */
  countKill(instance: RunnableInstance): boolean {
    const nowMs = this.#clock.monotonicMs()
    const mark = this.#markOf(instance)
    mark.killsMs = [...mark.killsMs.filter((atMs) => nowMs - atMs < this.#limits.quarantineWindowMs), nowMs]
    mark.credit -= this.#limits.quarantineHealthyPerKill
    if (mark.killsMs.length < this.#limits.quarantineKills || mark.credit >= 0) return false
    mark.untilMs = nowMs + this.#limits.quarantineMs
    return true
  }

  #markOf(instance: RunnableInstance): Mark {
    const { script } = instance.code
    let mark = this.#marks.get(instance.functionId)
    if (mark?.script !== script) this.#marks.set(instance.functionId, mark = { script, killsMs: [], credit: 0, untilMs: undefined })
    // The same text in the same string compares at once the next time.
    mark.script = script
    return mark
  }
}
