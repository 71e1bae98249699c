import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { reasonToInstall } from '../../src/install.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-install-'))
  writeFileSync(join(root, 'package-lock.json'), lockOf('1.0.0'))
})
afterEach(() => rmSync(root, { recursive: true }))

const lockOf = (version: string): string => JSON.stringify({ packages: {
  '': {}, 'node_modules/a': { version }, 'node_modules/other-platform': { version: '1.0.0', optional: true },
} })

function install({ version = '1.0.0', bins = ['node', 'vitest'] } = {}): void {
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
  for (const bin of bins) writeFileSync(join(root, 'node_modules/.bin', bin), '')
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': { version } } }))
}

/** As a checkout does. */
const touchLock = (): void => utimesSync(join(root, 'package-lock.json'), new Date(), new Date(Date.now() + 60_000))

test('nothing is installed when all is there', () => {
  install()
  expect(reasonToInstall(root, { tests: true })).toBeUndefined()
})

test('a fresh clone is installed, and so is one whose install was cut off', () => {
  expect(reasonToInstall(root, { tests: false })).toBe('the packages are not installed yet')
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
  expect(reasonToInstall(root, { tests: false })).toBe('the packages are not installed yet')
})

test('a lock file with another version is installed', () => {
  install({ version: '0.9.0' })
  touchLock()
  expect(reasonToInstall(root, { tests: false })).toBe('package-lock.json has changed')
})

test('a lock file that is newer but says the same is not, packages of other platforms aside', () => {
  install()
  touchLock()
  expect(reasonToInstall(root, { tests: true })).toBeUndefined()
})

test('a production install is enough to run, not to test', () => {
  install({ bins: ['node'] })
  expect(reasonToInstall(root, { tests: false })).toBeUndefined()
  expect(reasonToInstall(root, { tests: true })).toBe('the packages for tests are not installed yet')
})
