/** The `process` that libraries see. Authors have none. */
import { queueMicrotask } from './microtasks.guest.ts'
import { now } from '../primordials.guest.ts'

const ignore = (): void => undefined

export const nodeProcess = {
  env: {}, argv: [], execArgv: [], pid: 1, platform: 'linux', arch: 'x64', title: 'node', browser: false,
  version: 'v20.19.0', versions: { node: '20.19.0' }, release: { name: 'node' },
  nextTick: queueMicrotask,
  stdout: { fd: 1, isTTY: false, write: ignore }, stderr: { fd: 2, isTTY: false, write: ignore },
  cwd: () => '/',
  uptime: () => 0,
  hrtime: Object.assign(() => [Math.floor(now() / 1_000), (now() % 1_000) * 1e6], { bigint: () => BigInt(now()) * 1_000_000n }),
  on: ignore, once: ignore, off: ignore, removeListener: ignore, emit: ignore, emitWarning: ignore,
}
