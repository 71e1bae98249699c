/**
 * The circuit of one destination: closed (all goes through), open (rests), half-open (one probe at a time).
 * It opens when several units in a row failed for a reason that lies with the other side, and rests twice as long each time the probe fails.
 */
import { limits } from '../base/limits.ts'
import { ERRORS } from '../base/errors.ts'
import type { Outcome } from '../model/outcome.ts'

/** How a unit may go: as one of many, or as the one probe of an open circuit. */
export type Admission = 'through' | 'probe'

export class Circuit {
  #failures = 0
  #openUntil = 0
  #restMs: number = limits.circuitOpenMs
  #probing = false

  /** Undefined while it rests or a probe is under way. Each admission needs one `report`. */
  admits(now: number): Admission | undefined {
    if (!this.isOpen()) return 'through'
    if (now < this.#openUntil || this.#probing) return undefined
    this.#probing = true
    return 'probe'
  }

  /** When the next probe is due; meaningful while open. */
  get openUntil(): number {
    return this.#openUntil
  }

  isOpen(): boolean {
    return this.#failures >= limits.circuitFailuresToOpen
  }

  /**
   * Takes what became of one unit; answers whether this closed an open circuit. What was under way when the circuit opened may
   * close it by getting through, but only a probe that fails makes it rest longer.
   */
  report(outcomes: readonly Outcome[], { admission, now }: { admission: Admission, now: number }): boolean {
    const wasOpen = this.isOpen()
    if (admission === 'probe') this.#probing = false
    switch (sign(outcomes)) {
      case 'none': return false
      case 'up':
        this.#failures = 0
        this.#restMs = limits.circuitOpenMs
        return wasOpen
      case 'down':
        if (wasOpen && admission !== 'probe') return false
        if (wasOpen) this.#restMs = Math.min(this.#restMs * 2, limits.circuitOpenMsMax)
        else this.#failures++
        if (this.isOpen()) this.#openUntil = now + this.#restMs
        return false
    }
  }
}

/** What a unit's outcomes say of the other side: it took or judged an event, it failed with all, or it was not asked. */
function sign(outcomes: readonly Outcome[]): 'up' | 'down' | 'none' {
  let down = false
  for (const outcome of outcomes) {
    if (outcome.kind === 'delivered' || outcome.kind === 'discarded' && ERRORS[outcome.code].fault === 'destination') return 'up'
    if (outcome.kind === 'retry' && !outcome.free && !outcome.strike && (ERRORS[outcome.code].fault === 'destination' || outcome.code === 'retry')) down = true
  }
  return down ? 'down' : 'none'
}
