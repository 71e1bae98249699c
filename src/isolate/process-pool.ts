/** The functions runtime of this process: a pool of children for each workspace, and the limits that hold for all of them. */
import type { Clock } from '../base/clock.ts'
import { limits as defaultLimits, type Limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import { makeBundles } from './bundles.ts'
import { Quarantine } from './quarantine.ts'
import { RunJob } from './run-job.ts'
import type { FunctionFetch, FunctionRuntime, Invocation, RunResult } from './runtime.ts'
import type { Sandbox } from './spawn-child.ts'
import { Spares } from './spares.ts'
import { notRun, quarantined } from './verdicts.ts'
import { WorkspacePool } from './workspace-pool.ts'

export interface FunctionRuntimeOptions {
  fetch: FunctionFetch
  clock: Clock
  log: Log
  /** `hardened` runs without the JIT compiler under a hard memory cap. */
  sandbox: Sandbox
  /** Walls that must stand, joined by "+": permission, netns, uid, hardened. */
  require?: string
  limits?: Partial<Limits>
}

/** Resolves when the first child is ready. Throws `internal` when none can be started behind the walls that are required. */
export async function openFunctionRuntime(options: FunctionRuntimeOptions): Promise<FunctionRuntime> {
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const spares = await Spares.open({ ...options, limits, bundles: await makeBundles() })
  options.log.info('functions run behind these walls', { walls: spares.level })
  return new ProcessPool({ ...options, limits, spares })
}

class ProcessPool implements FunctionRuntime {
  readonly #options: FunctionRuntimeOptions & { limits: Limits, spares: Spares }
  readonly #workspaces = new Map<string, WorkspacePool>()
  readonly #quarantine: Quarantine
  readonly #watch: NodeJS.Timeout
  #open = 0
  #closed = false

  constructor(options: FunctionRuntimeOptions & { limits: Limits, spares: Spares }) {
    this.#options = options
    this.#quarantine = new Quarantine(options)
    this.#watch = setInterval(() => this.#watchAll(), options.limits.childWatchMs)
    this.#watch.unref()
  }

  run(invocation: Invocation): Promise<RunResult[]> {
    const { instance, payloads } = invocation
    const { limits, clock } = this.#options
    const pausedMs = this.#quarantine.pausedForMs(instance)
    const refusal = this.#closed ? notRun('shutting_down')
      : pausedMs !== undefined ? quarantined(pausedMs)
      : this.#open >= limits.queuedCallsMax ? notRun('functions_overloaded')
      : undefined
    if (refusal !== undefined || payloads.length === 0) return Promise.resolve(payloads.map(() => refusal!))
    return new Promise((resolve) => {
      this.#open++
      const settled = (results: RunResult[]): void => {
        this.#open--
        resolve(results)
      }
      this.#workspaceOf(instance.workspaceId).enqueue(new RunJob(invocation, { nowMs: clock.monotonicMs(), resolve: settled }))
    })
  }

  #workspaceOf(workspaceId: string): WorkspacePool {
    let pool = this.#workspaces.get(workspaceId)
    if (pool === undefined) this.#workspaces.set(workspaceId, pool = new WorkspacePool({ ...this.#options, quarantine: this.#quarantine }))
    return pool
  }

  #watchAll(): void {
    for (const [workspaceId, pool] of this.#workspaces) {
      pool.watch()
      if (pool.isIdle) this.#workspaces.delete(workspaceId)
    }
  }

  sandboxLevel(): string {
    return this.#options.spares.level
  }

  childPids(): number[] {
    const working = [...this.#workspaces.values()].flatMap((pool) => pool.children.flatMap((child) => child.pid ?? []))
    return [...working, ...this.#options.spares.pids]
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#watch)
    await Promise.all([this.#options.spares.close(), ...[...this.#workspaces.values()].map((pool) => pool.close())])
  }
}
