/** Other work on the machine makes figures worthless, so each measurement waits for a quiet moment, and the report says when none came. */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const TICKS_PER_SECOND = 100
const LOOK_MS = 400
/** Cores that others may use. */
const QUIET_CORES = 0.2
const PATIENCE_MS = 30_000

/** Of the whole machine, idle and waiting left out; 0 where there is no /proc. */
function busyTicks(): number {
  try {
    const fields = readFileSync('/proc/stat', 'latin1').split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number)
    return fields.reduce((sum, ticks, at) => (at === 3 || at === 4 || at > 7 ? sum : sum + ticks), 0)
  } catch {
    return 0
  }
}

let noisy = 0
let looks = 0

/** Call it while all contestants are idle: what is busy then is somebody else. */
export async function waitUntilQuiet(): Promise<void> {
  looks++
  const givesUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    const before = busyTicks()
    await pause(LOOK_MS)
    if ((busyTicks() - before) / TICKS_PER_SECOND / (LOOK_MS / 1000) < QUIET_CORES) return
    if (performance.now() > givesUpAt) {
      noisy++
      return
    }
  }
}

/** Share of the measurements that had to begin while others were at work. */
export function noisyShare(): number {
  return looks === 0 ? 0 : noisy / looks
}
