import { setTimeout as pause } from 'node:timers/promises'

export interface EventuallyOptions {
  /** Gives up after this long; generous, for it only bounds a failing test. */
  withinMs?: number
  everyMs?: number
}

/** Asks until the answer is not undefined and not false, and gives it back; fails with the last refusal otherwise. */
export async function eventually<T>(what: string, ask: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<NonNullable<Exclude<T, false>>> {
  const { withinMs = 30_000, everyMs = 50 } = options
  const endsAt = performance.now() + withinMs
  let refusal = ''
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>
      refusal = `the last answer was ${String(answer)}`
    } catch (thrown) {
      refusal = thrown instanceof Error ? thrown.message : String(thrown)
    }
    if (performance.now() > endsAt) throw new Error(`did not happen within ${withinMs} ms: ${what}; ${refusal}`)
    await pause(everyMs)
  }
}
