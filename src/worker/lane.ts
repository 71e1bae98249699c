/** What the worker knows of one destination right now: how much it works on, whether it is slow, and its circuit. */
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { Circuit, type Admission } from '../deliver/circuit.ts'

export type Refusal = Extract<ErrorCode, 'circuit_open' | 'destination_saturated'>

/** A slot, or why there is none. */
export type Place =
  | { refusal: Refusal }
  | { refusal?: undefined, lane: Lane, admission: Admission }

export class Lane {
  readonly circuit = new Circuit()
  #inFlight = 0
  #late = 0
  #waiting: (() => void)[] = []

  get freeSlots(): number {
    return Math.max(0, limits.destinationUnitsInFlightMax - this.#inFlight - this.#waiting.length)
  }

  /** Whether half of what it works on has outlived the unit it came with: then nothing waits for it any more. */
  get slow(): boolean {
    return this.#late * 2 >= limits.destinationUnitsInFlightMax
  }

  /** Takes a slot, waiting for one until `patience` resolves; or says why there is none. Each success needs one `leave` and one report to the circuit. */
  async enter(now: () => number, patience: Promise<void>): Promise<Place> {
    if (this.circuit.isOpen() && now() < this.circuit.openUntil) return { refusal: 'circuit_open' }
    if (this.#inFlight >= limits.destinationUnitsInFlightMax && !(await this.#slot(patience))) return { refusal: 'destination_saturated' }
    const admission = this.circuit.admits(now())
    if (admission === undefined) {
      // The slot that it may have waited for is the next one's.
      this.#waiting.shift()?.()
      return { refusal: 'circuit_open' }
    }
    this.#inFlight++
    return { lane: this, admission }
  }

  leave(): void {
    this.#inFlight--
    this.#waiting.shift()?.()
  }

  /** A delivery outlived its unit; call the result when it is over. */
  markLate(): () => void {
    this.#late++
    return () => { this.#late-- }
  }

  async #slot(patience: Promise<void>): Promise<boolean> {
    if (this.slow) return false
    let wake!: () => void
    const slot = new Promise<boolean>((resolve) => { wake = () => resolve(true) })
    this.#waiting.push(wake)
    const got = await Promise.race([slot, patience.then(() => false)])
    const place = this.#waiting.indexOf(wake)
    if (place >= 0) this.#waiting.splice(place, 1)
    return got && this.#inFlight < limits.destinationUnitsInFlightMax
  }
}

/** Lanes by destination, made when first asked for. A lane at rest weighs nothing, so those of deleted destinations may stay. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()

  of(destinationId: string): Lane {
    let lane = this.#lanes.get(destinationId)
    if (!lane) this.#lanes.set(destinationId, (lane = new Lane()))
    return lane
  }
}
