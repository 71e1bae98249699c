/**
 * Starts the real process as a person does (what `npm start` runs) and makes sure that it and its isolate hosts are gone
 * afterwards: `await using sluice = await startSluice()`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { descendantPids, killAll } from './process-tree.ts'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
/** Of package.json's start script, without the `node` before them. */
const START_ARGUMENTS = (JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { scripts: { start: string } }).scripts.start.split(' ').slice(1)
  .map((argument) => (argument.startsWith('src/') ? join(REPOSITORY, argument) : argument))
const TOKEN = 'token-of-the-tests-0123456789abcdef'
const READY = /^.*Sluice is ready at (http:\/\/\S+)/m
const READY_MS = 30_000

export interface StartOptions {
  /** Kept when given (for a restart on it); else made for this start and removed by `stop`. */
  dataDir?: string
  /** For a restart at the same address. */
  port?: number
  env?: Record<string, string>
}

export interface RunningSluice extends AsyncDisposable {
  url: string
  port: number
  pid: number
  token: string
  dataDir: string
  /** Everything the process wrote so far. */
  stdout(): string
  stderr(): string
  /** Resolves when the process is gone. */
  exited: Promise<Exit>
  /** Sends a signal to the server alone and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<Exit>
  /** The living processes below the server: its isolate hosts. */
  childPids(): number[]
  /** Stops it whatever it does, with everything below it, and removes a data folder of its own. */
  stop(): Promise<void>
}

export interface Exit {
  status: number | null
  signal: NodeJS.Signals | null
}

const running = new Set<number>()
process.on('exit', () => {
  for (const pid of running) {
    for (const each of [...descendantPids(pid), pid]) {
      try {
        process.kill(each, 'SIGKILL')
      } catch {
        // Gone already.
      }
    }
  }
})

export async function startSluice(options: StartOptions = {}): Promise<RunningSluice> {
  const dataDir = options.dataDir ?? await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const port = options.port ?? await freePort()
  const child = spawn(nodeOfTheProject(), START_ARGUMENTS, {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: tmpdir(),
      PORT: String(port), SLUICE_DATA_DIR: dataDir, SLUICE_ADMIN_TOKEN: TOKEN, SLUICE_EGRESS_ALLOW: '127.0.0.1', ...options.env,
    },
  })
  const pid = child.pid!
  running.add(pid)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  const exited: Promise<Exit> = once(child, 'exit').then(([status, signal]) => {
    running.delete(pid)
    return { status: status as number | null, signal: signal as NodeJS.Signals | null }
  })
  // Remembered, because a dead parent's children are no longer found below it.
  let children: number[] = []
  const childPids = (): number[] => (children = descendantPids(pid))
  const stop = async (): Promise<void> => {
    const orphans = children
    await killAll([pid, ...orphans, ...descendantPids(pid)])
    await exited
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  }
  const url = await readyUrl({ output: () => stdout, child, exited }).catch(async (reason: Error) => {
    await stop()
    throw new Error(`${reason.message}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`)
  })
  return {
    url, port, pid, token: options.env?.['SLUICE_ADMIN_TOKEN'] ?? TOKEN, dataDir,
    stdout: () => stdout, stderr: () => stderr, exited, childPids, stop,
    kill: async (signal = 'SIGKILL') => {
      childPids()
      child.kill(signal)
      return exited
    },
    [Symbol.asyncDispose]: stop,
  }
}

async function readyUrl(from: { output: () => string, child: ReturnType<typeof spawn>, exited: Promise<Exit> }): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const look = (): void => {
    const url = READY.exec(from.output())?.[1]
    if (url !== undefined) resolve(url)
  }
  from.child.stdout?.on('data', look)
  const timer = setTimeout(() => reject(new Error(`the ready line did not come within ${READY_MS} ms`)), READY_MS)
  void from.exited.then(({ status, signal }) => reject(new Error(`the server ended before it was ready (status ${status}, signal ${signal})`)))
  look()
  return promise.finally(() => {
    clearTimeout(timer)
    from.child.stdout?.off('data', look)
  })
}

function nodeOfTheProject(): string {
  return Number(process.versions.node.split('.')[0]) >= 26 ? process.execPath : join(REPOSITORY, 'node_modules/.bin/node')
}

/** Below the range that the system takes for outgoing connections, so that nobody sits on the port between a kill and a restart. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)]).catch(() => false)
    server.close()
    if (free) return port
  }
}
