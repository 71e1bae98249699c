import { median } from './median.ts'
import { waitUntilQuiet } from './quiet.ts'
import type { Finding } from './report.ts'

export interface Contest {
  what: string
  bar?: number
  anchorName: string
  rounds: number
  /** Events a second of ours in this round, and of the anchor; one after the other, so that both see the same machine. */
  ours: () => Promise<number>
  anchor: () => Promise<number>
  notes?: () => string
}

/** Alternates the two, and takes the ratio within each round: what disturbs the machine for a while disturbs both. */
export async function compare(contest: Contest): Promise<Finding> {
  const ours: number[] = []
  const anchors: number[] = []
  for (let round = 0; round < contest.rounds; round++) {
    await waitUntilQuiet()
    anchors.push(await contest.anchor())
    await waitUntilQuiet()
    ours.push(await contest.ours())
  }
  const ratios = ours.map((value, round) => value / anchors[round]!)
  const notes = contest.notes?.()
  return {
    what: contest.what,
    ...(contest.bar === undefined ? {} : { bar: contest.bar }),
    ratio: median(ratios),
    eventsPerSecond: median(ours),
    anchor: { name: contest.anchorName, eventsPerSecond: median(anchors) },
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ...(notes === undefined ? {} : { notes }),
  }
}
