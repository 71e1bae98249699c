import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { barrels, cycles, doorBreaches, floorBreaches, packagesLoadedBy, undeclaredPackages } from './imports.ts'
import { readTree } from './source-tree.ts'

const files = readTree(['src'], ['.ts', '.mjs'])
const source = (path: string, text: string) => ({ path, text })

describe('the sources', () => {
  test('import downwards only, and the stages never one another', () => expect(floorBreaches(files)).toEqual([]))
  test('name each package behind its own door only', () => expect(doorBreaches(files)).toEqual([]))
  test('depend on the packages that they import, no more and no fewer', () => {
    expect(undeclaredPackages(files, Object.keys(packageJson.dependencies))).toEqual([])
  })
  test('have no circle of imports', () => expect(cycles(files)).toEqual([]))
  test('have no file that only hands on what others define', () => expect(barrels(files)).toEqual([]))
  test('never load the sandbox into the router process', () => {
    expect(packagesLoadedBy(['src/app.ts', 'src/cli/commands/serve.ts'], files)).not.toContain('isolated-vm')
  })
})

describe('the checks themselves', () => {
  test('see an import that goes up, and one from stage to stage', () => {
    expect(floorBreaches([source('src/base/a.ts', "import { x } from '../queue/queue.ts'")])).toHaveLength(1)
    expect(floorBreaches([source('src/transform/a.ts', "import type { X } from '../deliver/deliver.ts'")])).toHaveLength(1)
    expect(floorBreaches([source('src/cli/commands/push.ts', "const app = await import('../../app.ts')")])).toHaveLength(1)
    expect(floorBreaches([source('src/api/a.ts', "import { openPool } from '#src/isolate/process-pool.ts'")])).toHaveLength(1)
  })

  test('see a folder that has no floor', () => {
    expect(floorBreaches([source('src/extras/a.ts', "import { x } from '../base/ids.ts'")])).toHaveLength(1)
  })

  test('let an import through that goes down', () => {
    expect(floorBreaches([source('src/transform/a.ts', "import { x } from '../queue/queue.ts'\nimport { y } from './b.ts'")])).toEqual([])
    expect(floorBreaches([source('src/cli/commands/serve.ts', "const app = await import('../../app.ts')")])).toEqual([])
  })

  test('see a package outside its door, and one without a door', () => {
    expect(doorBreaches([source('src/worker/a.ts', "import ivm from 'isolated-vm'")])).toHaveLength(1)
    expect(doorBreaches([source('src/control/a.ts', "import { DatabaseSync } from 'node:sqlite'")])).toHaveLength(1)
    expect(doorBreaches([source('src/base/a.ts', "import { z } from 'zod'")])).toHaveLength(1)
    expect(doorBreaches([source('src/base/a.ts', "import left from 'left-pad'")])).toHaveLength(1)
    expect(doorBreaches([source('src/base/a.ts', "import vm from 'vm'")])).toHaveLength(1)
    expect(doorBreaches([source('src/egress/a.ts', "import { Agent } from 'undici'")])).toEqual([])
  })

  test('see a package that is not declared, and one that is not used', () => {
    expect(undeclaredPackages([source('src/db/a.ts', "import { Kysely } from 'kysely'\nimport 'node:fs'")], ['zod'])).toHaveLength(2)
    expect(undeclaredPackages([source('src/db/a.ts', "import { Kysely } from 'kysely'")], ['kysely'])).toEqual([])
  })

  test('see a circle, of types too', () => {
    const circle = [
      source('src/base/a.ts', "import './b.ts'"),
      source('src/base/b.ts', "import type { C } from './c.ts'"),
      source('src/base/c.ts', "import './a.ts'"),
    ]
    expect(cycles(circle)).toEqual(['src/base/a.ts -> src/base/b.ts -> src/base/c.ts -> src/base/a.ts'])
    expect(cycles(circle.slice(0, 2))).toEqual([])
  })

  test('see a file that hands on exports', () => {
    expect(barrels([source('src/base/index.ts', "export * from './ids.ts'")])).toHaveLength(1)
    expect(barrels([source('src/base/a.ts', 'export const one = 1')])).toEqual([])
  })

  test('follow what a process loads, and only that', () => {
    const tree = [
      source('src/app.ts', "import './a.ts'\nimport type { Isolate } from 'isolated-vm'"),
      source('src/a.ts', "import ivm from 'isolated-vm'\nconst zod = import('zod')"),
    ]
    expect([...packagesLoadedBy(['src/app.ts'], tree)]).toEqual(['isolated-vm'])
    expect(packagesLoadedBy(['src/app.ts'], tree.slice(0, 1)).size).toBe(0)
  })
})
