/** The source's insert function, run over a unit: what goes on to the connections, and what became of the others. */
import { asError } from '../base/errors.ts'
import { FRESH, type Verdict } from '../deliver/retry-policy.ts'
import type { Outcome } from '../model/outcome.ts'
import type { SourcePlan } from '../model/snapshot.ts'
import { transformEvents } from '../transform/transform.ts'
import { verdictsOf } from './connection-attempt.ts'
import { sourceRules } from './source-rules.ts'
import type { Item, Unit } from './unit.ts'
import type { WorkDeps } from './work-deps.ts'

export interface Inserted {
  passed: Item[]
  /** As they came in. */
  stopped: { item: Item, verdict: Verdict }[]
}

/** Never rejects. */
export async function runSourceInsert(unit: Unit, plan: SourcePlan, deps: WorkDeps): Promise<Inserted> {
  if (!plan.insert) return { passed: unit.items, stopped: [] }
  const outcomes: Outcome[] = []
  const passed: Item[] = []
  const stopped: Item[] = []
  for (const [index, result] of (await transformOrRetry(unit, plan, deps)).entries()) {
    const item = unit.items[index]!
    if (result.kind === 'passed') {
      // What comes now are the destinations' attempts; those of the insert function do not count against them.
      passed.push({ event: result.event, state: FRESH })
    } else {
      outcomes.push(result)
      stopped.push(item)
    }
  }
  const verdicts = verdictsOf(outcomes, stopped, sourceRules(deps), deps)
  return { passed, stopped: stopped.map((item, index) => ({ item, verdict: verdicts[index]! })) }
}

async function transformOrRetry(unit: Unit, plan: SourcePlan, deps: WorkDeps): ReturnType<typeof transformEvents> {
  try {
    return await transformEvents(plan, unit.items.map((item) => item.event), deps.runtime)
  } catch (thrown) {
    const error = asError(thrown)
    deps.log.error('the source insert function could not be run; its events are tried again', { error })
    return unit.items.map(() => ({ kind: 'retry', code: 'internal', message: error.message }))
  }
}
