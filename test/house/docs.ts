/** What the documents say against what the code says. Each check returns complaints; an empty list is praise. */
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { ERRORS } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import { settingsTable } from '../../src/model/settings.ts'
import { ROOT } from './source-tree.ts'
import type { SourceFile } from './source-tree.ts'

/** The tables of the README that are drawn from code, by the name in their markers. */
export const DRAWN: Record<string, () => string> = { settings: settingsTable, errors: errorsTable, 'function limits': functionLimitsTable }

export function errorsTable(): string {
  const rows = Object.entries(ERRORS).map(([code, row]) => `| \`${code}\` | ${row.status} | ${row.fault} | ${row.retry ? 'yes' : 'no'} | ${row.message} |`)
  return ['| code | status | whose | again | what it says |', '|---|---|---|---|---|', ...rows].join('\n')
}

function functionLimitsTable(): string {
  const kb = (bytes: number): string => (bytes >= 1024 ** 2 ? `${bytes / 1024 ** 2} MB` : `${bytes / 1024} KB`)
  const rows: [string, string, string][] = [
    ['Wall time, requests included', `${limits.functionWallMs / 1_000} s`, '`function_timeout`, tried again'],
    ['CPU time for one event', `${limits.functionCpuMs / 1_000} s`, '`function_timeout`, tried again'],
    ['Memory of one isolate', `${limits.functionMemoryMb} MB`, '`function_memory`, tried again'],
    ['Requests for one event', `${limits.functionFetchesMax}, of which ${limits.functionFetchesInFlightMax} at a time`, 'the `fetch` rejects'],
    ['Body of a request or response', kb(limits.functionFetchBodyBytesMax), 'the `fetch` rejects'],
    ['Event that is returned', kb(limits.functionOutputBytesMax), '`function_output_too_large`'],
    ['What one webhook puts out', kb(limits.functionSourceOutputBytesMax), '`function_output_too_large`'],
    ['Logs kept of one event', kb(limits.functionLogBytesKept), 'the rest is cut'],
    ['Timers', String(limits.functionTimersMax), '`setTimeout` throws'],
    ['Code', kb(limits.functionCodeBytesMax), '`function_too_large`'],
  ]
  return ['| what | limit | beyond it |', '|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}

const begin = (name: string): string => `<!-- ${name}: drawn from the code -->`
const end = (name: string): string => `<!-- end of ${name} -->`

/** The document with each drawn table as the code has it now. */
export function withDrawnTables(text: string): string {
  return Object.entries(DRAWN).reduce((document, [name, draw]) => {
    const [before, rest] = document.split(begin(name))
    const after = rest?.split(end(name))[1]
    if (before === undefined || after === undefined) throw new Error(`the document has no markers for the table "${name}"`)
    return `${before}${begin(name)}\n${draw()}\n${end(name)}${after}`
  }, text)
}

/** Environment variables that a document speaks of, as `SLUICE_X`. */
export function unknownVariables(files: readonly SourceFile[], known: readonly string[]): string[] {
  return files.flatMap(({ path, text }) => [...new Set(text.match(/\bSLUICE_[A-Z_]+\b/g))]
    .filter((variable) => !known.includes(variable)).map((variable) => `${path}: ${variable} is not a setting`))
}

/** Links to files and headings of the repository that lead nowhere. */
export function deadLinks(files: readonly SourceFile[], exists = (path: string) => existsSync(join(ROOT, path))): string[] {
  const headings = new Map(files.map(({ path, text }) => [path, headingsOf(text)]))
  return files.flatMap(({ path, text }) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!).flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return []
    const [file, heading] = link.split('#')
    const target = file ? posix.join(posix.dirname(path), file) : path
    if (!exists(target)) return [`${path}: ${link} leads to no file`]
    return heading && headings.has(target) && !headings.get(target)!.has(heading) ? [`${path}: ${link} leads to no heading`] : []
  }))
}

function headingsOf(text: string): Set<string> {
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').trim().replaceAll(' ', '-')))
}
