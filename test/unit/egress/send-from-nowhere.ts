/**
 * Run inside an empty network namespace, so that a guard that fails reaches nothing: tries each blocked address and a few public
 * ones, guarded and unguarded, and prints the results as one line of JSON.
 */
import type { LookupFunction } from 'node:net'
import { createEgress } from '../../../src/egress/request.ts'
import type { HttpResult } from '../../../src/model/http.ts'
import { BLOCKED_URLS } from './blocked-urls.ts'

export interface Report {
  guarded: Record<string, HttpResult>
  unguarded: Record<string, HttpResult>
  publicOnes: Record<string, HttpResult>
}

/** There is no DNS here: localhost is what it is everywhere, any other name is a public address. */
const lookup: LookupFunction = (hostname, options, callback) => {
  const local = hostname.toLowerCase().replace(/\.$/, '') === 'localhost'
  const address = local ? '127.0.0.1' : '93.184.215.14'
  process.nextTick(() => (options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)))
}

async function tryAll(urls: readonly string[], allowPrivate: boolean): Promise<Record<string, HttpResult>> {
  const egress = createEgress({ allowPrivate, allow: [], lookup })
  const results = await Promise.all(urls.map((url) => egress.send({ url, method: 'GET', headers: {}, timeoutMs: 2_000 })))
  await egress.close()
  return Object.fromEntries(urls.map((url, index) => [url, results[index]!]))
}

const urls = Object.values(BLOCKED_URLS).flat()
const report: Report = {
  guarded: await tryAll(urls, false),
  unguarded: await tryAll(urls, true),
  publicOnes: await tryAll(['http://93.184.215.14/', 'https://example.com/', 'http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/'], false),
}
process.stdout.write(`${JSON.stringify(report)}\n`)
