import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ERRORS } from '../../../src/base/errors.ts'
import { BLOCKED_URLS } from './blocked-urls.ts'
import type { Report } from './send-from-nowhere.ts'

const SCRIPT = join(import.meta.dirname, 'send-from-nowhere.ts')

/** `-r` makes the namespace possible for people who are not root. */
function runWithoutNetwork(): Report {
  let why = ''
  for (const flags of [['-n'], ['-rn']]) {
    try {
      execFileSync('unshare', [...flags, 'true'], { stdio: 'pipe' })
    } catch (error) {
      why = (error as Error).message.trim().replaceAll('\n', ' ')
      continue
    }
    return JSON.parse(execFileSync('unshare', [...flags, process.execPath, SCRIPT], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as Report
  }
  throw new Error(`The address guard is only tried where nothing can be reached, and this machine cannot make an empty network namespace (unshare -n): ${why}`)
}

describe('the address guard, in a network namespace where nothing can be reached', () => {
  let report: Report
  beforeAll(() => { report = runWithoutNetwork() })

  describe.each(Object.entries(BLOCKED_URLS))('%s', (_why, urls) => {
    test.each(urls)('%j is refused, with the one text that all refusals have', (url) => {
      expect(report.guarded[url]).toEqual({ ok: false, code: 'fetch_blocked', message: ERRORS.fetch_blocked.message })
    })
  })

  test('it is the guard that refuses: without it every http address of the table is tried', () => {
    const http = Object.values(BLOCKED_URLS).flat().filter((url) => /^\s*http/i.test(url))
    const refused = http.filter((url) => (report.unguarded[url] as { code?: string }).code === 'fetch_blocked')
    expect(http.length).toBeGreaterThan(60)
    expect(refused).toEqual([])
  })

  test('public addresses and names are let through', () => {
    for (const result of Object.values(report.publicOnes)) expect(result).toMatchObject({ ok: false, code: 'fetch_failed' })
  })
})
