/**
 * Pauses a function that keeps killing its process, so that it does not burn the machine for everybody.
 *
 * A kill counts when an event that ran alone caused it: then it is known who did it. Kills alone are not enough, for one poison
 * event in a thousand is the event's fault and costs only itself: a function is paused when within the window it killed
 * `quarantineKills` times *and* ended fewer than `quarantineHealthyPerKill` events well for each of them. So the neighbours of poison
 * events keep being delivered, and a function whose every event kills is stopped at the third. New code starts unmarked.
 */
import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { RunnableInstance } from '../model/function.ts'

interface Mark {
  /** The code that did it. */
  script: string
  killsMs: number[]
  /** Events that ended well since the first of the kills. */
  healthy: number
  untilMs: number | undefined
}

export class Quarantine {
  readonly #limits: Limits
  readonly #clock: Clock
  /** By function; only of those that killed lately. */
  readonly #marks = new Map<string, Mark>()

  constructor(options: { limits: Limits, clock: Clock }) {
    this.#limits = options.limits
    this.#clock = options.clock
  }

  /** How long it is still paused; undefined when it is not. */
  pausedForMs(instance: RunnableInstance): number | undefined {
    const mark = this.#markOf(instance)
    if (mark?.untilMs === undefined) return undefined
    const leftMs = mark.untilMs - this.#clock.monotonicMs()
    if (leftMs > 0) return leftMs
    this.#marks.delete(instance.functionId)
    return undefined
  }

  countHealthy(instance: RunnableInstance, events: number): void {
    if (this.#marks.size === 0) return
    const mark = this.#markOf(instance)
    if (mark !== undefined) mark.healthy += events
  }

  /** True when this kill pauses the function. */
  countKill(instance: RunnableInstance): boolean {
    const nowMs = this.#clock.monotonicMs()
    let mark = this.#markOf(instance)
    if (mark === undefined) {
      mark = { script: instance.code.script, killsMs: [], healthy: 0, untilMs: undefined }
      this.#marks.set(instance.functionId, mark)
    }
    mark.killsMs = [...mark.killsMs.filter((atMs) => nowMs - atMs < this.#limits.quarantineWindowMs), nowMs]
    const kills = mark.killsMs.length
    if (kills < this.#limits.quarantineKills || mark.healthy >= kills * this.#limits.quarantineHealthyPerKill) return false
    mark.untilMs = nowMs + this.#limits.quarantineMs
    return true
  }

  #markOf(instance: RunnableInstance): Mark | undefined {
    const mark = this.#marks.get(instance.functionId)
    if (mark === undefined || mark.script === instance.code.script) return mark
    this.#marks.delete(instance.functionId)
    return undefined
  }
}
