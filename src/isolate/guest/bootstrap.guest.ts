/** Runs first in a new isolate, before any of the author's code, and is all that the child calls afterwards. */
import { describeThrown, thrownJson } from './errors.guest.ts'
import { fetchAnswered } from './globals/fetch.guest.ts'
import { setHost } from './globals/host.guest.ts'
import { offerToLibraries, provideLibrary } from './globals/libraries.guest.ts'
import { FOR_LIBRARIES } from './globals/for-libraries.guest.ts'
import { nodeProcess } from './globals/node-process.guest.ts'
import { installGlobals } from './globals/registry.guest.ts'
import { timerFired } from './globals/timers.guest.ts'
import { handlerKinds, setHandlers } from './handlers.guest.ts'
import { beginInvocation, invocation, type BridgeMessage, type GuestConfig } from './invocation.guest.ts'
import { callFunction, isArray, parseJson } from './primordials.guest.ts'
import { progress } from './progress.guest.ts'
import { runBatch } from './run-batch.guest.ts'
import { runEvents, type Frame, type FrameAnswer } from './run-events.guest.ts'

/** Strings cross in arrays, which are copied; a bare string would stay external memory of the isolate that made it. */
export interface Guest {
  /** A library that will be needed, not yet run. */
  provide: typeof provideLibrary
  /** Gives [""] or [the thrown error as JSON text]. */
  load(code: (exports: object, module: object) => Record<string, unknown>): [string]
  run(box: [frame: number, call: Frame['call'], count: number, trace: boolean, payloads: string, settings: string, live: boolean]): Promise<FrameAnswer>
  /** The last frame's result once more; undefined when that frame never began. For when an author's unhandled rejection took the place of the answer. */
  collect(frame: number): Promise<FrameAnswer> | undefined
  settle(box: ['fetched', id: number, head: string, body: string] | ['timer', id: number]): void
  /** [JSON array of what the running event has logged so far]. */
  logs(): [string]
}

/** The doors to the child: messages that nobody waits for, and questions. */
export function boot(send: (message: BridgeMessage) => void, ask: Parameters<typeof setHost>[0], memory: SharedArrayBuffer, config: [string]): Guest {
  invocation.config = parseJson(config[0]) as GuestConfig
  invocation.send = send
  setHost(ask)
  offerToLibraries(FOR_LIBRARIES, nodeProcess)
  progress.use(new Int32Array(memory) as unknown as Int32Array<ArrayBuffer>)
  installGlobals()
  let last: { frame: number, result: Promise<FrameAnswer> } | undefined

  return {
    provide: provideLibrary,
    load(code) {
      const module = { exports: {} }
      try {
        beginInvocation(-1)
        setHandlers(callFunction.call(code, globalThis, module.exports, module) as Record<string, unknown>)
        return ['']
      } catch (thrown) {
        return [thrownJson(describeThrown(thrown))]
      }
    },
    run(box) {
      const result = runFrame(box)
      last = { frame: box[0], result }
      return result
    },
    collect: (frame) => (last?.frame === frame ? last.result : undefined),
    settle(box) {
      if (box[0] === 'fetched') fetchAnswered(box[1], box[2], box[3])
      else timerFired(box[1])
    },
    logs: () => [`[${invocation.logs}]`],
  }
}

async function runFrame(box: Parameters<Guest['run']>[0]): Promise<FrameAnswer> {
  let payloads: unknown
  try {
    payloads = parseJson(box[4])
  } catch {
    return ['', 0]
  }
  if (!isArray(payloads) || payloads.length !== box[2]) return ['', 0]
  invocation.live = box[6]
  if (box[1] === 'handlers') {
    const found = handlerKinds()
    return [`[[${found.length}]]\n${found}`, 0]
  }
  const frame: Frame = { call: box[1], payloads, settingsText: box[5], trace: box[3] }
  const answer = await (frame.call === 'batch' ? runBatch(frame) : runEvents(frame))
  progress.idle()
  return answer
}
