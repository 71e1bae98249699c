/** Real Redis for tests: Debian's redis-server on free ports of the loopback, with its files in a temporary folder. */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { seededRandom } from './seeded-random.ts'

const PRIMARIES = 3
const BUS_PORT_OFFSET = 10_000
const ports = seededRandom(process.pid)

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Runs one redis-cli command and returns what it prints. */
  cli(...args: string[]): string
  pause(): void
  resume(): void
  /** Dies as with kill -9. */
  kill(): Promise<void>
  /** Starts again on the same files, after a kill. */
  start(): Promise<void>
  remove(): Promise<void>
}

export interface RedisClusterServers {
  readonly url: string
  readonly servers: RedisServer[]
  remove(): Promise<void>
}

/** `settings` go after ours, so they win: ['--appendfsync', 'everysec']. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  installRedis()
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-redis-'))
  let child: ChildProcess | undefined
  const cli = (...args: string[]): string => execFileSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  const start = async (): Promise<void> => {
    child = spawn('redis-server', [
      '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', folder, '--loglevel', 'warning', ...settings,
    ], { stdio: 'ignore' })
    await eventually('redis-server answers', () => cli('ping') === 'PONG', { withinMs: 20_000 })
  }
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    cli,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    kill,
    start,
    async remove() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Three primaries, each with a replica; a primary that is silent for a second is replaced by its replica. */
export async function startRedisCluster(settings: readonly string[] = []): Promise<RedisClusterServers> {
  const servers = await Promise.all(Array.from({ length: 2 * PRIMARIES }, () => startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...settings])))
  const remove = async (): Promise<void> => void (await Promise.all(servers.map((server) => server.remove())))
  try {
    const hosts = servers.map(({ port }) => `127.0.0.1:${port}`)
    execFileSync('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-replicas', '1', '--cluster-yes'], { stdio: 'ignore' })
    await eventually('the cluster is whole', () => servers.every((server) => server.cli('cluster', 'info').includes('cluster_state:ok')
      && (server.cli('role').startsWith('master') || server.cli('info', 'replication').includes('master_link_status:up'))))
    return { url: `redis+cluster://${hosts.join(',')}`, servers, remove }
  } catch (thrown) {
    await remove()
    throw thrown
  }
}

function installRedis(): void {
  if (isInstalled()) return
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    throw new Error('These tests need redis-server 6.2 or later on the PATH: apt-get install redis-server.')
  }
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
  execFileSync('apt-get', ['install', '-y', '-qq', 'redis-server'], { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** One whose cluster bus port is free too. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.between(20_000, 40_000)
    if (await isFree(port) && await isFree(port + BUS_PORT_OFFSET)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
