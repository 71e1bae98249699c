// Installs what is missing before an npm script runs, so that a fresh clone needs one command only.
// Plain JavaScript without packages: it runs before any is there, under whatever Node (20 or later) the machine has.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Why `npm ci` must run in `root`, or undefined when all is there.
 * @param {string} root
 * @param {{ tests: boolean }} options whether the packages that only tests need must be there as well
 * @returns {string | undefined}
 */
export function reasonToInstall(root, { tests }) {
  const modules = join(root, 'node_modules')
  // npm writes this file last, so an install that was cut off has none.
  const marker = join(modules, '.package-lock.json')
  const lock = join(root, 'package-lock.json')
  if (!existsSync(marker)) return 'the packages are not installed yet'
  // The time is cheap to ask and mostly settles it; a checkout may touch the file without changing a word.
  if (statSync(lock).mtimeMs > statSync(marker).mtimeMs && !sameVersions(lock, marker)) return 'package-lock.json has changed'
  if (tests && !existsSync(join(modules, '.bin', 'vitest'))) return 'the packages for tests are not installed yet'
  if (!hasProjectNode(root) && nodeMajor() < 26) return 'the Node 26 that comes with the project is missing'
  return undefined
}

/** Whether every installed package is the one that the lock file names. Packages for other platforms are rightly missing. */
function sameVersions(lock, marker) {
  const wanted = JSON.parse(readFileSync(lock, 'utf8')).packages
  const installed = JSON.parse(readFileSync(marker, 'utf8')).packages
  const names = Object.keys(wanted).filter((name) => name !== '')
  return names.every((name) => installed[name]?.version === wanted[name].version || (installed[name] === undefined && (wanted[name].optional || wanted[name].dev)))
    && Object.keys(installed).every((name) => wanted[name] !== undefined)
}

function hasProjectNode(root) {
  return ['node', 'node.exe', 'node.cmd'].some((file) => existsSync(join(root, 'node_modules', '.bin', file)))
}

function nodeMajor() {
  return Number(process.versions.node.split('.')[0])
}

/** Runs npm with the Node that npm itself was started with: the one in node_modules is about to be replaced. */
function runNpm(args) {
  const { npm_execpath: npmFile, npm_node_execpath: npmNode } = process.env
  if (npmFile && npmNode) return spawnSync(npmNode, [npmFile, ...args], { cwd: ROOT, stdio: 'inherit' })
  return spawnSync('npm', args, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' })
}

function stop(message) {
  console.error(message)
  process.exit(1)
}

function install() {
  if (nodeMajor() < 20) stop(`Sluice needs Node 20 or later to install itself; this is ${process.version}. See https://nodejs.org`)
  const tests = process.env.npm_lifecycle_event !== 'prestart'
  const reason = reasonToInstall(ROOT, { tests })
  if (reason === undefined) return
  console.log(`Installing (npm ci): ${reason}.`)
  // Said outright, since NODE_ENV=production would leave the packages for tests out.
  const result = runNpm(tests ? ['ci', '--include=dev', '--include=optional'] : ['ci', '--include=optional'])
  if (result.error) stop(`npm could not be started (${result.error.message}); install npm 10 or later, which comes with Node.`)
  if (result.status !== 0) stop(`npm ci failed (exit status ${result.status ?? result.signal}); its message is above. It needs the npm registry once, or a filled npm cache.`)
  if (!hasProjectNode(ROOT) && nodeMajor() < 26) {
    stop(`There is no packaged Node 26 for ${process.platform}-${process.arch}; install Node 26 (https://nodejs.org) and run this again.`)
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) install()
