/** Reads the processes below one from /proc; Linux only. What has ended meanwhile is left out. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

interface Process {
  pid: number
  parentPid: number
  state: string
  residentBytes: number
  cpuTicks: number
}

const PAGE_BYTES = 4096
const TICKS_PER_SECOND = 100

function readProcess(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command may hold blanks and brackets, so fields are counted from its last bracket.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      state: fields[0]!,
      parentPid: Number(fields[1]),
      cpuTicks: Number(fields[11]) + Number(fields[12]),
      residentBytes: Number(fields[21]) * PAGE_BYTES,
    }
  } catch {
    return undefined
  }
}

/** The living descendants of a process, itself left out, parents before children. */
export function descendantPids(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const found = readProcess(Number(name))
    if (found === undefined || found.state === 'Z') continue
    children.set(found.parentPid, [...(children.get(found.parentPid) ?? []), found.pid])
  }
  const found: number[] = []
  const open = [pid]
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const below = children.get(next) ?? []
    found.push(...below)
    open.push(...below)
  }
  return found
}

export function isAlive(pid: number): boolean {
  const found = readProcess(pid)
  return found !== undefined && found.state !== 'Z' && found.state !== 'X'
}

/** Of one process; 0 when it is gone. */
export function residentBytes(pid: number): number {
  return readProcess(pid)?.residentBytes ?? 0
}

/** Resident bytes and CPU seconds of a process and everything below it. */
export function treeUsage(pid: number): { residentBytes: number, cpuSeconds: number, processes: number } {
  const found = [pid, ...descendantPids(pid)].map(readProcess).filter((entry) => entry !== undefined)
  return {
    residentBytes: found.reduce((sum, entry) => sum + entry.residentBytes, 0),
    cpuSeconds: found.reduce((sum, entry) => sum + entry.cpuTicks, 0) / TICKS_PER_SECOND,
    processes: found.length,
  }
}

/** SIGKILL for those that still live; waits until they are gone. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
  for (let round = 0; round < 500 && pids.some(isAlive); round++) await pause(10)
}
