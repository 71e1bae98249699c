/** One `onBatch` call for all payloads of a frame (contract 2.10). */
import { REPORTED, type Entry } from './answer.guest.ts'
import { callBatch } from './call-batch.guest.ts'
import { handlerNamed } from './handlers.guest.ts'
import { beginInvocation, endInvocation, invocation } from './invocation.guest.ts'
import { parseJson } from './primordials.guest.ts'
import { progress, WHOLE_FRAME } from './progress.guest.ts'
import { runEvents, type Frame, type FrameAnswer } from './run-events.guest.ts'

export async function runBatch(frame: Frame): Promise<FrameAnswer> {
  const handler = handlerNamed('onBatch')
  if (handler === undefined) return runEvents({ ...frame, call: 'events' })
  const { payloads, trace } = frame
  progress.beganAll()
  beginInvocation(WHOLE_FRAME)
  const entryAt = await callBatch(handler, payloads, { settings: parseJson(frame.settingsText), trace })
  return gather(entryAt, { count: payloads.length, trace })
}

function gather(entryAt: (position: number) => Entry, { count, trace }: { count: number, trace: boolean }): FrameAnswer {
  let heads = ''
  let texts = ''
  let reported = 0
  for (let i = 0; i < count; i++) {
    let entry = entryAt(i)
    if (invocation.calls > 0 && !trace) {
      invocation.send(['report', i, `[${entry.head}]\n${entry.texts}`])
      entry = REPORTED
      reported++
    }
    heads = i === 0 ? entry.head : `${heads},${entry.head}`
    texts += entry.texts
  }
  endInvocation()
  return [`[${heads}]\n${texts}`, reported]
}
