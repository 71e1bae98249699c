/** Size, names and habits. Each check takes files and returns complaints; an empty list is praise. */
import { posix } from 'node:path'
import ts from 'typescript'
import { parse, placeOf, walk } from './source-tree.ts'
import type { SourceFile } from './source-tree.ts'

const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 60
/** Positional ones; after them one object may follow. */
const PARAMETERS_MAX = 3

export function longFiles(files: readonly SourceFile[]): string[] {
  return files.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > FILE_LINES_MAX)
    .map(({ path, lines }) => `${path}: ${lines} lines; split it by idea (at most ${FILE_LINES_MAX})`)
}

/** `exceptions` maps `path#function` to the reason why it may be longer; one that is no longer needed is a complaint too. */
export function longFunctions(files: readonly SourceFile[], exceptions: Readonly<Record<string, string>> = {}): string[] {
  const found = files.flatMap((source) => functionsOf(source)).filter(({ lines }) => lines > FUNCTION_LINES_MAX)
  const needed = new Set(found.map(({ id }) => id))
  return [
    ...found.filter(({ id }) => exceptions[id] === undefined).map(({ id, lines }) => `${id}: ${lines} lines; name its steps (at most ${FUNCTION_LINES_MAX})`),
    ...Object.keys(exceptions).filter((id) => !needed.has(id)).map((id) => `${id}: no longer needs its exception; take it out`),
  ]
}

/** `exceptions` as for `longFunctions`. */
export function longParameterLists(files: readonly SourceFile[], exceptions: Readonly<Record<string, string>> = {}): string[] {
  const found = files.flatMap((source) => functionsOf(source)).filter(({ positional }) => positional > PARAMETERS_MAX)
  return [
    ...found.filter(({ id }) => exceptions[id] === undefined)
      .map(({ id, positional }) => `${id}: ${positional} positional parameters; after ${PARAMETERS_MAX} take an options object`),
    ...Object.keys(exceptions).filter((id) => !found.some((one) => one.id === id)).map((id) => `${id}: no longer needs its exception; take it out`),
  ]
}

interface FoundFunction {
  /** `path#name` */
  id: string
  lines: number
  /** Parameters, not counting a last one that takes an object. */
  positional: number
}

function functionsOf(source: SourceFile): FoundFunction[] {
  const file = parse(source)
  const found: FoundFunction[] = []
  const lineAt = (position: number): number => file.getLineAndCharacterOfPosition(position).line
  walk(file, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return
    const lines = lineAt(node.getEnd()) - lineAt(node.getStart(file)) + 1
    found.push({ id: `${source.path}#${nameOf(node, file)}`, lines, positional: positionalOf(node) })
  })
  return found
}

const PRIMITIVES = new Set([ts.SyntaxKind.StringKeyword, ts.SyntaxKind.NumberKeyword, ts.SyntaxKind.BooleanKeyword])

function positionalOf({ parameters }: ts.SignatureDeclaration): number {
  const last = parameters.at(-1)
  const takesObject = last !== undefined && (last.type === undefined ? !ts.isIdentifier(last.name) : !PRIMITIVES.has(last.type.kind))
  return takesObject ? parameters.length - 1 : parameters.length
}

function nameOf(node: ts.SignatureDeclaration, file: ts.SourceFile): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  if (node.name) return node.name.getText(file)
  const { parent } = node
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent) ? parent.name.getText(file) : '(unnamed)'
}

/** Words that say nothing about what a thing is. */
const EMPTY_WORDS = new Set(['manager', 'service', 'services', 'util', 'utils', 'helper', 'helpers', 'common', 'data', 'info', 'misc', 'stuff'])

/** Names that the web has given. */
const GIVEN_NAMES = new Set(['FormData'])

/** In the names of files, and of what a file declares at its top. */
export function emptyNames(files: readonly SourceFile[]): string[] {
  return files.flatMap((source) => [...emptyFileNames(source), ...emptyDeclarations(source)])
}

function emptyFileNames({ path }: SourceFile): string[] {
  const base = posix.basename(path)
  const complaints = path.split(/[/.-]/).filter((word) => EMPTY_WORDS.has(word)).map((word) => `${path}: "${word}" says nothing about what is in it`)
  return /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)+$/.test(base) ? complaints : [...complaints, `${path}: file names are kebab-case`]
}

function emptyDeclarations(source: SourceFile): string[] {
  const file = parse(source)
  const names = file.statements.flatMap((statement): ts.Node[] => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name)
    const named = statement as { name?: ts.Node }
    return named.name ? [named.name] : []
  })
  return names.filter(ts.isIdentifier).filter(({ text }) => !GIVEN_NAMES.has(text)).flatMap((name) => {
    const words = name.text.split(/(?=[A-Z])|_/).map((word) => word.toLowerCase())
    const empty = words.find((word) => EMPTY_WORDS.has(word))
    return empty === undefined ? [] : [`${placeOf(name, file)}: ${name.text}: "${empty}" says nothing`]
  })
}

/** Time, chance and the network are arguments; here is where they come from. Folders below `src`. */
const SOURCES_OF_CHANCE: Record<string, readonly string[]> = {
  'Date.now': ['base', 'isolate'],
  'new Date()': ['base'],
  'performance.now': ['base', 'isolate'],
  'Math.random': ['base', 'isolate/guest'],
  setTimeout: ['base', 'egress', 'isolate', 'queue'],
  setInterval: ['base', 'egress', 'isolate', 'queue'],
  fetch: ['egress', 'isolate/guest', 'cli'],
}

export function hiddenInputs(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => path.startsWith('src/') && path.endsWith('.ts')).flatMap((source) => {
    const file = parse(source)
    const complaints: string[] = []
    walk(file, (node) => {
      const used = hiddenInput(node, file)
      if (used === undefined) return
      const allowed = SOURCES_OF_CHANCE[used]!
      if (!allowed.some((folder) => source.path.startsWith(`src/${folder}/`))) {
        complaints.push(`${placeOf(node, file)}: ${used} belongs in ${allowed.join(', ')}; take it as an argument`)
      }
    })
    return complaints
  })
}

function hiddenInput(node: ts.Node, file: ts.SourceFile): string | undefined {
  if (ts.isNewExpression(node) && node.expression.getText(file) === 'Date' && !node.arguments?.length) return 'new Date()'
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText(file)
    return Object.hasOwn(SOURCES_OF_CHANCE, text) ? text : undefined
  }
  // The bare global only: a method, a parameter or a property of that name is somebody's argument.
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined
  const { text } = node.expression
  return Object.hasOwn(SOURCES_OF_CHANCE, text) && !isDeclaredAround(node, text, file) ? text : undefined
}

/** Whether a parameter or variable of an enclosing function shadows the global. */
function isDeclaredAround(node: ts.Node, name: string, file: ts.SourceFile): boolean {
  for (let around: ts.Node | undefined = node; around !== undefined; around = around.parent) {
    if (!ts.isFunctionLike(around) && !ts.isSourceFile(around)) continue
    if (ts.isFunctionLike(around) && around.parameters.some((parameter) => new RegExp(`\\b${name}\\b`).test(parameter.name.getText(file)))) return true
    let declared = false
    walk(around, (inner) => {
      if ((ts.isVariableDeclaration(inner) || ts.isBindingElement(inner)) && inner.name.getText(file) === name) declared = true
    })
    if (declared) return true
  }
  return false
}

/** What gets round the type checker or the linter. */
export function loopholes(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => path.endsWith('.ts')).flatMap((source) => {
    const file = parse(source)
    const complaints: string[] = []
    walk(file, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) complaints.push(`${placeOf(node, file)}: any; say what it is, or unknown`)
    })
    return [...complaints, ...linesMatching(source, /@ts-(?:ignore|nocheck|expect-error)|(?:oxlint|eslint)-disable/, 'gets round a check')]
  })
}

/** Things that must not stay in any text of the repository. */
const LEFTOVERS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:TODO|FIXME|XXX|HACK)\b|\bnot implemented\b/, 'unfinished; finish it or leave it out'],
  [/\b(?:test|describe|it|bench)\.(?:only|skip|todo)\b/, 'a test that is left out promises nothing'],
  [/(?:^|[\s'"`(=:])\/(?:work|farm|root|home|Users)\/[\w.-]/, "a path of one person's machine"],
  [/(?:\bco-authored-by\b|@author\b|\blanguage model\b|\bchatbot\b|\bassistant\b)/i, 'says who or what wrote it'],
]

export function leftovers(files: readonly SourceFile[]): string[] {
  return files.flatMap((source) => LEFTOVERS.flatMap(([pattern, why]) => linesMatching(source, pattern, why)))
}

function linesMatching({ path, text }: SourceFile, pattern: RegExp, why: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const found = pattern.exec(line)
    return found ? [`${path}:${index + 1}: "${found[0].trim()}" ${why}`] : []
  })
}
