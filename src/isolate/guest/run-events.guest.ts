/** Runs the payloads of a frame one after the other. */
import { emitted, failed, insertResult, REPORTED, shown, threw, type Entry } from './answer.guest.ts'
import { callBatch } from './call-batch.guest.ts'
import { handlerNamed, handlerOf, type Handler } from './handlers.guest.ts'
import { beginInvocation, endInvocation, invocation } from './invocation.guest.ts'
import { isThenable, parseJson } from './primordials.guest.ts'
import { progress } from './progress.guest.ts'
import { requestOf } from './globals/server-request.guest.ts'
import { answeredJson } from './globals/answered.guest.ts'
import { beginOutput, takeOutput } from './globals/segment.guest.ts'

export interface Frame {
  call: 'events' | 'batch' | 'request' | 'handlers'
  payloads: unknown[]
  settingsText: string
  trace: boolean
}

/** The answer's text, and how many of its events were reported: those messages may still be on their way. */
export type FrameAnswer = [text: string, reported: number]

export async function runEvents(frame: Frame): Promise<FrameAnswer> {
  const { payloads, trace } = frame
  const settings = parseJson(frame.settingsText) as unknown
  const runOne = frame.call === 'request' ? startRequest : startEvent
  let heads = ''
  let texts = ''
  let reported = 0
  for (let i = 0; i < payloads.length; i++) {
    progress.began(i)
    beginInvocation(i)
    let entry: Entry
    const onBatch = frame.call === 'request' ? undefined : onlyTakenBy(payloads[i])
    if (onBatch !== undefined) entry = (await callBatch(onBatch, [payloads[i]], { settings, trace }))(0)
    else try {
      const result = runOne(payloads[i], settings)
      // Only what can be waited for is awaited: a plain value costs no turn of the microtask queue.
      entry = finish(frame, isThenable(result) ? await result : result)
    } catch (thrown) {
      entry = threw(thrown, trace)
    }
    // The frame of a traced event ends with it, and its measures are taken there.
    if (invocation.calls > 0 && !trace) {
      // It was seen outside, so it must not run again should the isolate die: its result leaves at once.
      invocation.send(['report', i, `[${entry.head}]\n${entry.texts}`])
      entry = REPORTED
      reported++
    }
    endInvocation()
    heads = i === 0 ? entry.head : `${heads},${entry.head}`
    texts += entry.texts
  }
  return [`[${heads}]\n${texts}`, reported]
}

/** `onBatch`, where the event's type has no handler of its own: then a lone event is a batch of one. */
function onlyTakenBy(event: unknown): Handler | undefined {
  const { resourceType } = invocation.config
  if (resourceType !== 'DESTINATION' && resourceType !== 'INSERT_DESTINATION') return undefined
  const type = typeof event === 'object' && event !== null ? (event as { type?: unknown }).type : undefined
  return handlerOf(type) === undefined ? handlerNamed('onBatch') : undefined
}

/** Stands for "there is no handler", since a handler may return anything. */
const MISSING = {}

function startEvent(event: unknown, settings: unknown): unknown {
  const handler = typeof event === 'object' && event !== null ? handlerOf((event as { type?: unknown }).type) : undefined
  return handler === undefined ? MISSING : handler(event, settings)
}

function startRequest(payload: unknown, settings: unknown): unknown {
  beginOutput()
  const handler: Handler | undefined = handlerNamed('onRequest')
  return handler === undefined ? MISSING : handler(requestOf(payload), settings)
}

function finish(frame: Frame, result: unknown): Entry {
  const { trace } = frame
  if (result === MISSING) return unsupported(frame)
  switch (invocation.config.resourceType) {
    case 'SOURCE': return emitted(takeOutput(answeredJson(result)), trace)
    case 'DESTINATION': return shown(result, trace)
    default: return insertResult(result, trace)
  }
}

function unsupported(frame: Frame): Entry {
  const event = frame.payloads[invocation.index]
  const type = typeof event === 'object' && event !== null ? (event as { type?: unknown }).type : undefined
  const what = frame.call === 'request' ? 'requests: it has no onRequest' : typeof type === 'string' ? `${type} events` : 'a payload without a type'
  const error = { name: 'EventNotSupported', message: `The function does not take ${what}.`, stack: '' }
  return failed({ outcome: 'discarded', code: 'unsupported_event_type' }, error, frame.trace)
}
