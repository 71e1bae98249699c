/** What changed between two versions of a function, as a unified diff. */
import { createTwoFilesPatch, diffLines } from 'diff'
import type { FunctionVersion } from '../model/function.ts'

export interface VersionDiff {
  /** The older side: `-` lines are its. */
  fromVersionId: string
  toVersionId: string
  /** "" when the code is the same. */
  unified: string
  addedLines: number
  removedLines: number
}

const CONTEXT_LINES = 3
/** Two texts that have nothing in common take a long time to compare line by line; after this they count as wholly replaced. */
const COMPARE_MS_MAX = 250

export function diffVersions(from: FunctionVersion, to: FunctionVersion): VersionDiff {
  const ids = { fromVersionId: from.id, toVersionId: to.id }
  if (from.code === to.code) return { ...ids, unified: '', addedLines: 0, removedLines: 0 }
  const names = { from: nameOf(from), to: nameOf(to) }
  const options = { context: CONTEXT_LINES, timeout: COMPARE_MS_MAX }
  const parts = diffLines(from.code, to.code, { timeout: COMPARE_MS_MAX })
  const patch = parts && createTwoFilesPatch(names.from, names.to, from.code, to.code, undefined, undefined, options)
  if (parts === undefined || patch === undefined) return { ...ids, unified: replaced(from, to, names), addedLines: linesOf(to.code).length, removedLines: linesOf(from.code).length }
  let [addedLines, removedLines] = [0, 0]
  for (const part of parts) {
    if (part.added) addedLines += part.count
    if (part.removed) removedLines += part.count
  }
  return { ...ids, unified: patch.slice(patch.indexOf('---')), addedLines, removedLines }
}

function replaced(from: FunctionVersion, to: FunctionVersion, names: { from: string, to: string }): string {
  const removed = linesOf(from.code)
  const added = linesOf(to.code)
  const head = [`--- ${names.from}`, `+++ ${names.to}`, `@@ -1,${removed.length} +1,${added.length} @@`]
  return [...head, ...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`), ''].join('\n')
}

function nameOf({ compiled, number }: FunctionVersion): string {
  return `${compiled.file} (version ${number})`
}

function linesOf(code: string): string[] {
  return code.replace(/\n$/, '').split('\n')
}
