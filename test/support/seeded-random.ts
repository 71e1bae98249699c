/** A repeatable stream of chances: the same seed gives the same run on every machine. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform whole number in [from, to), both whole. */
  between(from: number, to: number): number
  pick<T>(choices: readonly T[]): T
  hex(digits: number): string
}

/** SplitMix32; good enough for test plans, never for secrets. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    mixed ^= mixed >>> 15
    return (mixed >>> 0) / 4_294_967_296
  }
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from))
  return {
    next,
    between,
    pick: (choices) => choices[between(0, choices.length)]!,
    hex: (digits) => {
      let text = ''
      while (text.length < digits) text += between(0, 0x1_0000).toString(16).padStart(4, '0')
      return text.slice(0, digits)
    },
  }
}

/** The seed of this run: SLUICE_TEST_SEED, else a new one. Print it, so that a failure can be run again. */
export function testSeed(): number {
  const given = process.env['SLUICE_TEST_SEED']
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
}
