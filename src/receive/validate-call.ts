/** `POST /v1/validate`: what a call would come to, item by item, without keeping anything. */
import { ERRORS } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Json } from '../model/event.ts'
import { DEFAULT_INTAKE } from '../model/snapshot.ts'
import { carryEvent } from './accept.ts'
import { findSource } from './authenticate.ts'
import { formatTime } from './event-time.ts'
import { adviceOn, problemOf, problemsOf } from './problems.ts'
import type { Advice, Problem } from './problems.ts'
import { decodeText, parseJsonObject } from './read-body.ts'
import { plainBytes } from './receive-call.ts'
import type { Call, CallDeps } from './receive-call.ts'

export interface Validation {
  /** Whether a tracking call would keep every event. */
  valid: boolean
  events: number
  errors: Problem[]
  warnings: Advice[]
}

/**
 * The body is `{batch: [...]}` or one event with its `type`.
 * @throws SluiceError for a body that cannot be read
 */
export async function validateCall(call: Omit<Call, 'type'>, deps: CallDeps): Promise<Validation> {
  const body = parseJsonObject(decodeText(await plainBytes(call)))
  const items = Array.isArray(body.batch) ? body.batch : [body]
  const source = findSource(deps.snapshot(), { ...call, body })
  const errors: Problem[] = []
  const requestProblem = (code: ErrorCode): number => errors.push({ code, message: ERRORS[code].message })
  if (!source.ok) requestProblem(source.code)
  if (items.length === 0) requestProblem('empty_batch')
  if (items.length > limits.batchEventsMax) requestProblem('batch_too_long')
  const warnings: Advice[] = []
  const eventBytesMax = ((source.ok ? source.plan.intake : undefined) ?? DEFAULT_INTAKE).eventBytesMax
  for (const [index, item] of items.entries()) {
    warnings.push(...adviceOn(item, index))
    const found = problemsOf(item, { index })
    errors.push(...(found.length > 0 ? found : problemsOfSize(item, { index, eventBytesMax })))
  }
  return { valid: errors.length === 0, events: items.length, errors, warnings }
}

/** Changes the item, so it comes last. */
function problemsOfSize(item: Json, { index, eventBytesMax }: { index: number, eventBytesMax: number }): Problem[] {
  const carried = carryEvent(item, { sourceId: '', receivedAtMs: 0, receivedAt: formatTime(0), assignId: () => '' }, eventBytesMax)
  return typeof carried === 'string' ? [problemOf(item, carried, { index })] : []
}
