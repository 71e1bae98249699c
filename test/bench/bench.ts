/**
 * npm run bench -- [--quick] [--only sandbox|invoke|e2e] [--json FILE] [--write]
 * Prints the ratios of design.md section 8 that one machine can show, each against an anchor measured in the same run.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { measureEndToEnd } from './end-to-end.ts'
import { measureInvoke } from './invoke.ts'
import { noisyShare } from './quiet.ts'
import { describeMachine, formatReport, writeIntoReadme } from './report.ts'
import { measureSandboxCost } from './sandbox-cost.ts'
import type { Finding, Report } from './report.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})

const rounds = 3
const seconds = flags.quick ? 1 : 4
const PARTS: Record<string, () => Promise<Finding[]>> = {
  sandbox: () => measureSandboxCost({ seconds, rounds }),
  invoke: () => measureInvoke({ seconds, rounds }),
  e2e: () => measureEndToEnd({ events: flags.quick ? 60_000 : 300_000, rounds }),
}

const chosen = flags.only ?? Object.keys(PARTS)
const unknown = chosen.find((name) => !Object.hasOwn(PARTS, name))
if (unknown !== undefined) {
  process.stderr.write(`--only takes ${Object.keys(PARTS).join(', ')}; not ${unknown}\n`)
  process.exit(1)
}

const report: Report = {
  machine: describeMachine(),
  at: new Date().toISOString().slice(0, 10),
  command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  noisyShare: 0,
  findings: [],
}
for (const name of chosen) {
  process.stderr.write(`measuring ${name} ...\n`)
  report.findings.push(...await PARTS[name]!())
}
report.noisyShare = noisyShare()
process.stdout.write(`\n${formatReport(report)}`)
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(report, undefined, 2)}\n`)
if (flags.write) await writeIntoReadme(report)
