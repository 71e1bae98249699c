/** Time and chance as arguments, so that tests can script them and replay a seed. */
export interface Clock {
  /** Milliseconds since 1970, UTC. May step when the machine's clock is set. */
  now(): number
  /** Milliseconds on a clock that never steps back; for durations. */
  monotonicMs(): number
  /** Resolves after `ms`, at once when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Uniform in [0, 1). */
export type Random = () => number

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    }),
}

export const systemRandom: Random = () => Math.random()
