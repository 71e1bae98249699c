/** What the bench found, for people (a table) and for the next run to be compared with (JSON). */
import { cpus, release, totalmem, type } from 'node:os'
import { readFile, writeFile } from 'node:fs/promises'

export interface Finding {
  /** What was measured, and the bar of design.md section 8 where it has one. */
  what: string
  bar?: number
  /** The median of the rounds' ratios. */
  ratio: number
  /** Events a second, medians of the rounds: ours and the one it is compared with. */
  eventsPerSecond: number
  anchor: { name: string, eventsPerSecond: number }
  /** The lowest and the highest round's ratio. */
  spread: [number, number]
  notes?: string
}

export interface Report {
  machine: string
  at: string
  /** How the bench was called. */
  command: string
  /** Share of the measurements that began while something else kept the machine busy. */
  noisyShare: number
  findings: Finding[]
}

export function describeMachine(): string {
  const all = cpus()
  return `${all.length} x ${all[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 1024 ** 3)} GB, ${type()} ${release()}, Node ${process.versions.node}`
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')

export function formatReport(report: Report): string {
  const rows = report.findings.map((finding) => [
    finding.what,
    finding.ratio.toFixed(2),
    finding.bar === undefined ? '' : `>= ${finding.bar}`,
    `${finding.spread[0].toFixed(2)}-${finding.spread[1].toFixed(2)}`,
    whole(finding.eventsPerSecond),
    `${finding.anchor.name}: ${whole(finding.anchor.eventsPerSecond)}`,
    finding.notes ?? '',
  ])
  const lines = [['what', 'ratio', 'bar', 'rounds', 'events/s', 'against, events/s', 'notes'], ['---', '---', '---', '---', '---', '---', '---'], ...rows]
  const noise = report.noisyShare === 0 ? '' : `Something else kept the machine busy at ${Math.round(report.noisyShare * 100)} % of the measurements.\n\n`
  return `Machine: ${report.machine}\n\n${noise}Measured ${report.at} with \`${report.command}\`; medians, ratios taken within a round.\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

const RESULTS = /<!-- results -->[\s\S]*<!-- end of results -->/

/** Replaces the results in the README beside this file. */
export async function writeIntoReadme(report: Report): Promise<void> {
  const file = new URL('README.md', import.meta.url)
  const text = await readFile(file, 'utf8')
  if (!RESULTS.test(text)) throw new Error('test/bench/README.md has lost its <!-- results --> marks')
  await writeFile(file, text.replace(RESULTS, () => `<!-- results -->\n${formatReport(report)}<!-- end of results -->`))
}
