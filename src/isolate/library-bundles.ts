/**
 * Makes the libraries' scripts, once per state of the sources: about 2 s of esbuild after an installation, then a look at one folder.
 * They are files because children read them one by one when they are needed; a child may read this folder and write nowhere.
 */
import { build, type Plugin } from 'esbuild'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LIBRARY_NAMES } from './libraries.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const GUEST = fileURLToPath(new URL('guest', import.meta.url))
const SOURCES = join(GUEST, 'libraries')
const KEPT_MS = 7 * 24 * 60 * 60_000

/** What a library gets when it asks for a part of Node. Anything else of Node is an empty object: looked at, but never used. */
const NODE_MODULES: Record<string, string> = {
  assert: 'load("node").assert',
  buffer: 'load("buffer")',
  crypto: 'load("crypto").crypto',
  events: 'load("node").events',
  http: 'load("http").http',
  https: 'load("http").https',
  os: 'load("node").os',
  path: 'load("node").path',
  process: 'load("bootstrap").nodeProcess',
  querystring: 'load("node").querystring',
  stream: 'load("node").stream',
  timers: 'globalThis',
  tty: '{ isatty() { return false } }',
  url: 'load("url").url',
  util: 'load("node").util',
  zlib: 'load("zlib").zlib',
}
/** Libraries whose packages have a second form for browsers, which lacks something. */
const AS_IN_NODE = ['aws', 'mailchimp', 'stripe']
/** Packages that are libraries of their own, for the others. */
const SHARED_PACKAGES: Record<string, string> = { jsonwebtoken: 'load("jsonwebtoken").jsonwebtoken', lodash: 'load("lodash")._', xml2js: 'load("xml2js").xml2js' }

/** Gives the folder with `<library>.js` for each library. */
export async function makeLibraries(): Promise<string> {
  const name = `guest-libraries-${fingerprint()}`
  const kept = join(ROOT, 'node_modules', '.cache', 'sluice')
  const folder = join(kept, name)
  if (existsSync(folder)) return folder
  const files = await Promise.all(LIBRARY_NAMES.map(async (library) => [library, await bundleLibrary(library)] as const))
  try {
    mkdirSync(kept, { recursive: true })
    removeOld(kept)
    const fresh = mkdtempSync(join(kept, 'fresh-'))
    return place(files, { fresh, folder })
  } catch {
    // The installation cannot be written to: then a folder for this process.
    const own = mkdtempSync(join(tmpdir(), 'sluice-guest-'))
    process.once('exit', () => rmSync(own, { recursive: true, force: true }))
    return place(files, { fresh: own, folder: own })
  }
}

/** Of earlier states of the sources. Not at once: a server that began before an update still reads them. */
function removeOld(kept: string): void {
  for (const name of readdirSync(kept)) {
    const path = join(kept, name)
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { recursive: true, force: true })
  }
}

function place(files: (readonly [name: string, text: string])[], { fresh, folder }: { fresh: string, folder: string }): string {
  for (const [library, text] of files) writeFileSync(join(fresh, `${library}.js`), text, { mode: 0o644 })
  // Children run as nobody, where the system lets them.
  chmodSync(fresh, 0o755)
  if (fresh === folder) return folder
  try {
    renameSync(fresh, folder)
  } catch {
    // Another process was quicker, and made the same.
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}

/** Whatever can change a bundle. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const sources = globSync('**/*.ts', { cwd: GUEST }).sort().map((file) => join(GUEST, file))
  for (const file of [join(ROOT, 'package-lock.json'), fileURLToPath(import.meta.url), fileURLToPath(new URL('libraries.ts', import.meta.url)), ...sources]) {
    if (existsSync(file)) hash.update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

async function bundleLibrary(library: string): Promise<string> {
  const result = await build({
    entryPoints: [join(SOURCES, `${library}.guest.ts`)],
    bundle: true, write: false, format: 'iife', globalName: 'library', platform: AS_IN_NODE.includes(library) ? 'neutral' : 'browser', target: 'es2024',
    // Names of classes are part of what authors see; but these two are megabytes.
    minifyWhitespace: true, minifySyntax: true, minifyIdentifiers: ['hubspot', 'twilio'].includes(library),
    mainFields: ['module', 'main'],
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    inject: library === 'buffer' ? [] : [join(SOURCES, 'parts', 'free-names.guest.ts')],
    plugins: [insideGuest], legalComments: 'none', tsconfigRaw: '{}', logLevel: 'silent',
  })
  return `(function(load,process){${result.outputFiles[0]!.text};return library})\n//# sourceURL=sluice:guest/${library}`
}

/** Parts of Node, and what the bootstrap has already, come from inside the isolate; a second copy would be another class, or lack its state. */
const insideGuest: Plugin = {
  name: 'inside-guest',
  setup({ onResolve, onLoad, resolve: resolvePackage }) {
    onResolve({ filter: /^(?:(?:node:)?[a-z0-9_]+(?:\/promises)?|process\/)$/ }, ({ path, kind, importer }) => {
      const name = path === 'process/' ? 'process' : path.replace('node:', '')
      // Inside node_modules/url, say, `url` is still the part of Node; only our own file for it asks for the package, with a slash.
      if (kind === 'entry-point' || (NODE_MODULES[name] === undefined && !builtinModules.includes(name))) return undefined
      return importer === '' ? undefined : { path: name, namespace: 'node-module', sideEffects: false }
    })
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const target = resolve(resolveDir, path)
      const ofBootstrap = target.startsWith(GUEST) && !target.startsWith(SOURCES)
      return ofBootstrap ? { path: 'bootstrap', namespace: 'bootstrap', sideEffects: false } : undefined
    })
    onResolve({ filter: /^(?:jsonwebtoken|lodash|xml2js)$/ }, ({ path, importer }) => (importer.startsWith(SOURCES) ? undefined : { path, namespace: 'node-module', sideEffects: false }))
    // The form that can be called without `new`.
    onResolve({ filter: /^stripe$/ }, ({ path, resolveDir, kind }) => (kind === 'import-statement' ? resolvePackage(path, { resolveDir, kind: 'require-call' }) : undefined))
    onLoad({ filter: /.*/, namespace: 'node-module' }, ({ path }) => ({ contents: `module.exports = ${NODE_MODULES[path] ?? SHARED_PACKAGES[path] ?? '{}'}`, loader: 'js' }))
    onLoad({ filter: /.*/, namespace: 'bootstrap' }, () => ({ contents: 'module.exports = load("bootstrap")', loader: 'js' }))
  },
}
