/** A server under measurement that runs in a process of its own, so that all contestants are treated alike. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/start-sluice.ts'
import { moduleCode } from './transforms.ts'
import type { ChildProcess } from 'node:child_process'
import type { TransformName } from './transforms.ts'

export interface Contestant extends AsyncDisposable {
  url: string
  pid: number
}

/** One plain process without any sandbox that parses, calls and stringifies: what the transform itself costs over HTTP. */
export function startFloor(transform: TransformName): Promise<Contestant> {
  return startScript('floor-server.ts', [transform])
}

/** A fastify route that parses the body and answers 200: what receiving costs when nothing is done with it. */
export function startBareRoute(): Promise<Contestant> {
  return startScript('bare-route.ts', [])
}

async function startScript(file: string, args: string[]): Promise<Contestant> {
  const port = await freePort()
  const script = fileURLToPath(new URL(file, import.meta.url))
  return untilListening(spawn(process.execPath, [script, String(port), ...args], { stdio: ['ignore', 'ignore', 'inherit'] }), { port })
}

/** Cloudflare's runtime with the same transform as a worker: the upper anchor. */
export async function startWorkerd(transform: TransformName): Promise<Contestant> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-workerd-'))
  await writeFile(join(folder, 'worker.js'), `${moduleCode(transform)}
export default {
  async fetch(request) {
    const results = []
    for (const event of await request.json()) {
      const result = transform(event)
      if (result != null) results.push(result)
    }
    return new Response(JSON.stringify(results), { headers: { 'content-type': 'application/json' } })
  },
}
`)
  await writeFile(join(folder, 'config.capnp'), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2026-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`)
  const program = createRequire(import.meta.url)('workerd') as { default: string }
  const child = spawn(program.default, ['serve', join(folder, 'config.capnp')], { stdio: ['ignore', 'ignore', 'inherit'] })
  return untilListening(child, { port, folder })
}

async function untilListening(child: ChildProcess, at: { port: number, folder?: string }): Promise<Contestant> {
  const exited = once(child, 'exit')
  const kill = (): void => void child.kill('SIGKILL')
  process.on('exit', kill)
  const dispose = async (): Promise<void> => {
    kill()
    await exited
    process.off('exit', kill)
    if (at.folder !== undefined) await rm(at.folder, { recursive: true, force: true })
  }
  for (let round = 0; round < 200; round++) {
    const socket = connect(at.port, '127.0.0.1')
    const up = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false)
    socket.destroy()
    if (up) return { url: `http://127.0.0.1:${at.port}`, pid: child.pid!, [Symbol.asyncDispose]: dispose }
    await pause(50)
  }
  await dispose()
  throw new Error('a contestant did not start to listen within 10 s')
}
