/** The two functions that every contestant runs, each as a callable, as the code of an insert function, and as plain JavaScript. */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { transform as heavy } from './transforms/heavy.ts'
import { transform as trivial } from './transforms/trivial.ts'

export const TRANSFORM_NAMES = ['trivial', 'heavy'] as const
export type TransformName = (typeof TRANSFORM_NAMES)[number]

type Transform = (event: Record<string, unknown>) => unknown

export const TRANSFORMS: Record<TransformName, Transform> = { trivial, heavy }

/** As an author would upload it. */
export function functionCode(name: TransformName): string {
  return `${source(name)}\nexport function onTrack(event) { return transform(event) }\n`
}

/** An ES module without types that exports `transform`. */
export function moduleCode(name: TransformName): string {
  return stripTypeScriptTypes(source(name))
}

function source(name: TransformName): string {
  return readFileSync(new URL(`transforms/${name}.ts`, import.meta.url), 'utf8')
}
