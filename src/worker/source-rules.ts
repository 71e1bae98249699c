/** How often functions of a source are run again (contract 2.9): fewer times than destinations, whatever the window. */
import { limits } from '../base/limits.ts'
import type { RetryRules } from '../deliver/retry-policy.ts'
import type { WorkDeps } from './work-deps.ts'

export function sourceRules(deps: Pick<WorkDeps, 'sourceRetry'>): RetryRules {
  return { policy: deps.sourceRetry, attemptsMax: limits.sourceFunctionAttemptsMax }
}
