/**
 * The circuit of one destination: closed (all goes through), open (rests), half-open (one probe at a time).
 * It opens when several units in a row failed for a reason that lies with the other side, and rests twice as long each time the probe fails.
 */
import { limits } from '../base/limits.ts'
import { ERRORS } from '../base/errors.ts'
import type { Outcome } from '../model/outcome.ts'

export class Circuit {
  #failures = 0
  #openUntil = 0
  #restMs: number = limits.circuitOpenMs
  #probing = false

  /** Whether a unit may be tried now. When half-open, true only once until `report`. */
  admits(now: number): boolean {
    if (!this.isOpen()) return true
    if (now < this.#openUntil || this.#probing) return false
    this.#probing = true
    return true
  }

  /** When the next probe is due; meaningful while open. */
  get openUntil(): number {
    return this.#openUntil
  }

  isOpen(): boolean {
    return this.#failures >= limits.circuitFailuresToOpen
  }

  /** Takes the outcomes of one unit; answers whether this closed an open circuit. */
  report(outcomes: readonly Outcome[], now: number): boolean {
    const wasOpen = this.isOpen()
    this.#probing = false
    if (!failed(outcomes)) {
      this.#failures = 0
      this.#restMs = limits.circuitOpenMs
      return wasOpen
    }
    this.#failures++
    if (!this.isOpen()) return false
    if (wasOpen) this.#restMs = Math.min(this.#restMs * 2, limits.circuitOpenMsMax)
    this.#openUntil = now + this.#restMs
    return false
  }
}

/** A unit failed when the other side was at fault for some of its events and took none. */
function failed(outcomes: readonly Outcome[]): boolean {
  let faults = 0
  for (const outcome of outcomes) {
    if (outcome.kind === 'delivered') return false
    if (outcome.kind === 'retry' && !outcome.free && !outcome.strike && (ERRORS[outcome.code].fault === 'destination' || outcome.code === 'retry')) faults++
  }
  return faults > 0
}
