/** `npm run docs`: writes the tables that are drawn from code into the documents. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withDrawnTables } from '../house/docs.ts'
import { globalsPage, withCompatibility } from '../house/function-globals.ts'
import { ROOT } from '../house/source-tree.ts'

const file = join(ROOT, 'README.md')
writeFileSync(file, withDrawnTables(readFileSync(file, 'utf8')))

const functions = join(ROOT, 'functions/README.md')
writeFileSync(functions, withCompatibility(readFileSync(functions, 'utf8')))
writeFileSync(join(ROOT, 'functions/GLOBALS.md'), globalsPage())
