/** `npm run docs`: writes the tables that are drawn from code into the README. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withDrawnTables } from '../house/docs.ts'
import { ROOT } from '../house/source-tree.ts'

const file = join(ROOT, 'README.md')
writeFileSync(file, withDrawnTables(readFileSync(file, 'utf8')))
