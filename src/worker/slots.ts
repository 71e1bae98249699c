/** Counts work under way, so that a loop waits instead of taking more than it can do. */
export class Slots {
  readonly #max: number
  #busy = 0
  #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#max = max
  }

  get left(): number {
    return this.#max - this.#busy
  }

  async free(): Promise<void> {
    while (this.#busy >= this.#max) await new Promise<void>((resolve) => { this.#waiting.push(resolve) })
  }

  async idle(): Promise<void> {
    while (this.#busy > 0) await new Promise<void>((resolve) => { this.#waiting.push(resolve) })
  }

  run(work: () => Promise<void>): void {
    this.#busy++
    void work().finally(() => {
      this.#busy--
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }
}
