/**
 * Starts a child behind as many walls as this machine gives. The ladder is tried from the strongest rung down, once, by starting a
 * child on each: a rung holds when its child says that it is ready. What was reached is named in `/readyz`.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import type { Limits } from '../base/limits.ts'

export type Sandbox = 'standard' | 'hardened'

export interface Rung {
  /** Joined by "+", weakest wall first; `SLUICE_SANDBOX_REQUIRE` names one of these walls or several. */
  level: string
  /** Puts the child behind the rung's walls; each of these programs replaces itself by the next. */
  wrap: readonly string[]
}

/** Nobody, on every Linux. */
const NOBODY = '65534'

export function ladder(): Rung[] {
  const root = process.getuid?.() === 0
  const unshare = find('unshare')
  const setpriv = find('setpriv')
  const network = unshare === undefined ? [] : [root ? [unshare, '--net'] : [unshare, '--user', '--net']]
  const owner = !root || setpriv === undefined ? [] : [[setpriv, `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs']]
  const rungs: Rung[] = []
  for (const net of [...network, []]) {
    for (const own of [...owner, []]) {
      const walls = ['permission', ...(net.length > 0 ? ['netns'] : []), ...(own.length > 0 ? ['uid'] : [])]
      rungs.push({ level: walls.join('+'), wrap: [...net, ...own] })
    }
  }
  return rungs
}

export interface SpawnOptions {
  rung: Rung
  sandbox: Sandbox
  limits: Limits
  /** Their folder, which it may read. */
  libraries: string
}

/** It reads its program from its input. Its fourth descriptor is the channel; it has no environment and no output but last words on stderr. */
export function spawnChild({ rung, sandbox, limits, libraries }: SpawnOptions): ChildProcess {
  const command = [...rung.wrap, ...bounds(sandbox, limits), process.execPath, ...nodeFlags(sandbox, libraries), '-']
  const child = spawn(command[0]!, command.slice(1), {
    cwd: home(), env: {}, stdio: ['pipe', 'ignore', 'pipe', 'pipe'], windowsHide: true,
  })
  if (child.pid !== undefined) sacrificeFirst(child.pid)
  return child
}

/** When memory runs out the kernel takes a child and not the router. */
function sacrificeFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000')
  } catch {
    // Not on this system, or the child is gone already.
  }
}

function bounds(sandbox: Sandbox, limits: Limits): string[] {
  const nice = find('nice')
  const polite = nice === undefined ? [] : [nice, '-n', '10']
  const prlimit = find('prlimit')
  if (prlimit === undefined) return polite
  // Without the JIT compiler data segments are what memory really costs, so the limit is a hard cap; with it they are mostly reserved.
  const data = sandbox === 'hardened' ? [`--data=${limits.childResidentMbMax * 1024 ** 2}`] : []
  return [...polite, prlimit, '--core=0', '--nofile=256', ...data]
}

function nodeFlags(sandbox: Sandbox, libraries: string): string[] {
  return [
    // Isolates already take all cores; collecting one of them with several threads costs more than it saves.
    '--no-node-snapshot', '--single-threaded-gc', '--no-warnings', '--disable-sigusr1', '--permission', '--allow-addons',
    ...[...readable(), join(libraries, '*')].map((path) => `--allow-fs-read=${path}`),
    ...(sandbox === 'hardened' ? ['--jitless'] : []),
  ]
}

/** Only what loading isolated-vm touches. */
function readable(): string[] {
  const modules = join(home(), 'node_modules')
  const folders = ['isolated-vm', 'node-gyp-build'].map((name) => join(modules, name, '*'))
  return [...folders, join(modules, 'package.json'), join(home(), 'package.json'), '/etc/alpine-release']
}

/** The folder whose node_modules has isolated-vm: from there the child finds it by its name. */
function home(): string {
  return dirname(dirname(dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json'))))
}

const SYSTEM_PATH = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', ...(process.env.PATH ?? '').split(delimiter)]

function find(program: string): string | undefined {
  for (const folder of SYSTEM_PATH) {
    const file = join(folder, program)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}
