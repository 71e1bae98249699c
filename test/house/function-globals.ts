/** Draws `functions/GLOBALS.md`, and the table of compatibility in `functions/README.md`, and says what is wrong with them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIBRARIES, LIBRARY_OF_GLOBAL } from '../../src/isolate/libraries.ts'
import { GLOBALS, PROMISES, type GlobalRow } from './function-globals.table.ts'
import { ROOT } from './source-tree.ts'

const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version?: string } | undefined> }

const versionOf = (name: string): string => `${name} ${lock.packages[`node_modules/${name}`]?.version ?? '(missing)'}`

function madeOf({ names }: GlobalRow): string {
  const library = LIBRARY_OF_GLOBAL[names[0]!]
  const packages: readonly string[] = library === undefined ? [] : LIBRARIES[library].packages
  return packages.length === 0 ? 'own' : packages.map(versionOf).join(', ')
}

export function globalsPage(): string {
  const rows = GLOBALS.filter((row) => row.instead === undefined).map((row) =>
    `| ${row.names.map((name) => `\`${name}\``).join(' ')} | ${row.what} | ${madeOf(row)} | ${row.documented ?? ''} | [test](../test/sandbox/${row.test}) |`)
  const absent = GLOBALS.flatMap((row) => (row.instead === undefined ? [] : [`| \`${row.names[0]}\` | ${row.documented ?? ''} | ${row.instead} |`]))
  return [
    '# Globals of functions', '',
    'Drawn by `npm run docs` from the code; a test compares. Everything is on the global object and may be written over. Libraries are loaded when',
    'the code first touches them, and stay for the life of the isolate: naming one costs nothing until then.', '',
    '| global | what | made of | Segment documents | |', '|---|---|---|---|---|', ...rows, '',
    '## Documented by Segment, and not here', '',
    'They need sockets or drivers that an isolate has not. The first use throws, and says what to use instead.', '',
    '| global | Segment documents | instead |', '|---|---|---|', ...absent, '',
  ].join('\n')
}

const BEGIN = '<!-- compatibility: drawn from the code -->'
const END = '<!-- end of compatibility -->'

export function withCompatibility(text: string): string {
  const [before, rest] = text.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error('the document has no markers for the table of compatibility')
  const rows = PROMISES.map(({ what, file, title }) => `| ${what} | [${title.replaceAll('|', '\\|')}](../test/${file}) |`)
  return `${before}${BEGIN}\n| what | test |\n|---|---|\n${rows.join('\n')}\n${END}${after}`
}

/** Rows whose test is gone, and globals without a row. */
export function staleRows(): string[] {
  const named = GLOBALS.flatMap(({ names }) => names)
  const textOf = (file: string): string => readFileSync(join(ROOT, 'test', file), 'utf8')
  return [
    ...Object.keys(LIBRARY_OF_GLOBAL).filter((name) => !named.includes(name)).map((name) => `${name} has no row in the table of globals`),
    ...PROMISES.filter(({ file, title }) => !textOf(file).includes(title)).map(({ file, title }) => `${file} has no test "${title}"`),
    ...GLOBALS.filter(({ names, test }) => !names.some((name) => textOf(`sandbox/${test}`).includes(name))).map(({ names, test }) => `${test} does not speak of ${names[0]}`),
  ]
}

