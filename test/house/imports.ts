/** Who may import whom. Each check takes files and returns complaints; an empty list is praise. */
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import ts from 'typescript'
import { parse, placeOf, walk } from './source-tree.ts'
import type { SourceFile } from './source-tree.ts'

const GROUND = ['base', 'model']
const MACHINES = [...GROUND, 'queue', 'db', 'egress', 'isolate', 'destinations']

/** What each part of `src` may import besides its own files: folders, or single files where the whole folder would be too much. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  model: ['base'],
  queue: GROUND,
  db: GROUND,
  egress: GROUND,
  isolate: GROUND,
  destinations: GROUND,
  receive: MACHINES,
  transform: MACHINES,
  deliver: MACHINES,
  worker: [...MACHINES, 'receive', 'transform', 'deliver'],
  control: MACHINES,
  api: [...GROUND, 'control', 'queue', 'db', 'isolate/runtime.ts'],
  cli: GROUND,
  'cli/commands/serve.ts': [...GROUND, 'app.ts'],
  'app.ts': [...MACHINES, 'receive', 'transform', 'deliver', 'worker', 'control', 'api'],
  'install.mjs': [],
}

/** Where each package and each consequential part of Node may be named. A new dependency needs a line here, so that somebody decides. */
const DOORS: Record<string, readonly string[]> = {
  '@fastify/swagger': ['api'],
  '@hubspot/api-client': ['isolate/guest'],
  // Served to browsers, never run here.
  '@jitsu/js': ['receive'],
  '@jridgewell/trace-mapping': ['isolate'],
  '@segment/analytics-next': ['receive'],
  '@mailchimp/mailchimp_marketing': ['isolate/guest'],
  '@noble/ciphers': ['isolate/guest'],
  '@noble/hashes': ['isolate/guest'],
  '@sendgrid/client': ['isolate/guest'],
  '@sendgrid/mail': ['isolate/guest'],
  'aws-sdk': ['isolate/guest'],
  aws4: ['isolate/guest'],
  buffer: ['isolate/guest'],
  commander: ['cli'],
  'core-js-pure': ['isolate/guest'],
  'crypto-js': ['isolate/guest'],
  diff: ['control'],
  esbuild: ['isolate'],
  events: ['isolate/guest'],
  fastify: ['receive', 'api', 'app.ts'],
  'fastify-type-provider-zod': ['api'],
  'fetch-retry': ['isolate/guest'],
  ioredis: ['queue'],
  'ipaddr.js': ['egress'],
  isbot: ['receive'],
  'isolated-vm': ['isolate'],
  jsonwebtoken: ['isolate/guest'],
  kysely: ['db'],
  'libphonenumber-js': ['isolate/guest'],
  lodash: ['isolate/guest'],
  'moment-timezone': ['isolate/guest'],
  oauth: ['isolate/guest'],
  pako: ['isolate/guest'],
  'readable-stream': ['isolate/guest'],
  stripe: ['isolate/guest'],
  twilio: ['isolate/guest'],
  undici: ['egress'],
  url: ['isolate/guest'],
  uuidv5: ['isolate/guest'],
  xml: ['isolate/guest'],
  xml2js: ['isolate/guest'],
  zod: ['model', 'isolate', 'destinations', 'control', 'api', 'cli'],
  'node:child_process': ['isolate', 'install.mjs'],
  'node:cluster': [],
  'node:dgram': [],
  'node:dns': ['egress'],
  'node:dns/promises': ['egress'],
  // For previews, the names of statuses only.
  'node:http': ['egress', 'api/preview-fetch.ts'],
  'node:http2': [],
  'node:https': ['egress'],
  'node:inspector': [],
  'node:net': ['egress', 'isolate', 'app.ts'],
  'node:sqlite': ['queue', 'db'],
  'node:tls': ['egress'],
  'node:vm': [],
}

interface Import {
  from: string
  /** A path in the repository, or the package's name as it is written. */
  to: string
  place: string
  /** Loaded with the file: not a type, not `import()`. */
  loads: boolean
}

export function importsOf(files: readonly SourceFile[]): Import[] {
  return files.flatMap((source) => {
    const file = parse(source)
    const found: Import[] = []
    walk(file, (node) => {
      const specifier = specifierOf(node)
      if (specifier === undefined) return
      const { text } = specifier.name
      const to = text.startsWith('.') ? posix.join(posix.dirname(source.path), text) : text.replace(/^#src\//, 'src/')
      found.push({ from: source.path, to, place: placeOf(node, file), loads: specifier.loads })
    })
    return found
  })
}

function specifierOf(node: ts.Node): { name: ts.StringLiteralLike, loads: boolean } | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteralLike(node.moduleSpecifier)) {
    const typeOnly = ts.isImportDeclaration(node) ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword : node.isTypeOnly
    return { name: node.moduleSpecifier, loads: !typeOnly }
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [name] = node.arguments
    return name && ts.isStringLiteralLike(name) ? { name, loads: false } : undefined
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'import.meta.resolve') {
    const [name] = node.arguments
    return name && ts.isStringLiteralLike(name) ? { name, loads: false } : undefined
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteralLike(node.argument.literal)) {
    return { name: node.argument.literal, loads: false }
  }
  return undefined
}

export function floorBreaches(files: readonly SourceFile[]): string[] {
  return importsOf(files).filter(({ from, to }) => from.startsWith('src/') && to.startsWith('src/')).flatMap(({ from, to, place }) => {
    const [fromPath, toPath] = [from.slice(4), to.slice(4)]
    const fromPart = fromPath.split('/')[0]!
    if (fromPart === toPath.split('/')[0]) return []
    const allowed = MAY_IMPORT[fromPath] ?? MAY_IMPORT[fromPart]
    if (allowed === undefined) return [`${place}: ${fromPart} has no floor; give it a line in test/house/imports.ts`]
    return allowed.some((part) => isWithin(toPath, part)) ? [] : [`${place}: ${fromPart} may not import ${toPath}`]
  })
}

export function doorBreaches(files: readonly SourceFile[]): string[] {
  return importsOf(files).filter(({ from, to }) => from.startsWith('src/') && !isOwnFile(to)).flatMap(({ from, to, place }) => {
    const name = packageName(to)
    const doors = DOORS[name]
    if (doors === undefined) return name.startsWith('node:') ? [] : [`${place}: ${name} has no door; give it a line in test/house/imports.ts`]
    return doors.some((part) => isWithin(from.slice(4), part)) ? [] : [`${place}: ${name} may be imported in ${doors.join(', ') || 'no file'} only`]
  })
}

/** Whether `path` is `part`, or in it. */
function isWithin(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}/`)
}

function isOwnFile(to: string): boolean {
  return to.startsWith('src/') || to === 'package.json'
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier
  if (builtinModules.includes(specifier)) return `node:${specifier}`
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Packages that are imported and not in package.json (there by somebody else's grace), and those in it that nothing imports. */
export function undeclaredPackages(files: readonly SourceFile[], dependencies: readonly string[]): string[] {
  const imported = new Set(importsOf(files).filter(({ to }) => !isOwnFile(to)).map(({ to }) => packageName(to)).filter((name) => !name.startsWith('node:')))
  return [
    ...[...imported].filter((name) => !dependencies.includes(name)).map((name) => `${name} is imported but not in the dependencies of package.json`),
    ...dependencies.filter((name) => !imported.has(name)).map((name) => `${name} is in the dependencies of package.json but nothing imports it`),
  ]
}

/** Every package that one of `entries` brings into its process. */
export function packagesLoadedBy(entries: readonly string[], files: readonly SourceFile[]): Set<string> {
  const imports = importsOf(files)
  const packages = new Set<string>()
  const seen = new Set(entries)
  // A Set hands out what is added while it is walked.
  for (const path of seen) {
    for (const { to } of imports.filter(({ from, loads }) => from === path && loads)) {
      if (isOwnFile(to)) seen.add(to)
      else packages.add(packageName(to))
    }
  }
  return packages
}

/** Each circle of imports once, as `a -> b -> a`; types count, since a circle of ideas is one too. */
export function cycles(files: readonly SourceFile[]): string[] {
  const targets = new Map<string, string[]>(files.map(({ path }) => [path, []]))
  for (const { from, to } of importsOf(files)) if (targets.has(to)) targets.get(from)!.push(to)
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push([...trail.slice(start), path].join(' -> '))
    if (start >= 0 || done.has(path)) return
    for (const next of targets.get(path)!) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return found
}

/** Files that hand on what others define: import the file that defines it instead. */
export function barrels(files: readonly SourceFile[]): string[] {
  return files.flatMap((source) => {
    const file = parse(source)
    return file.statements.filter((node) => ts.isExportDeclaration(node) && /^['"][.#]/.test(node.moduleSpecifier?.getText(file) ?? ''))
      .map((node) => `${placeOf(node, file)}: hands on another file's exports`)
  })
}
