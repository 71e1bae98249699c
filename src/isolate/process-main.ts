/** The child process that runs functions. It knows no secret, opens no file but the libraries' and no socket, and talks over descriptor 3 alone. */
import { Socket } from 'node:net'
import { ChildLane } from './child-lane.ts'
import { FrameReader, FrameWriter } from './framing.ts'
import { LibraryShelf } from './library-shelf.ts'
import type { ToChild, ToParent } from './protocol.ts'
import type { WarmIsolateOptions } from './warm-isolate.ts'

const CHANNEL_FD = 3
/** Parent messages are ours; this only keeps a broken stream from asking for all memory. */
const FRAME_BYTES_MAX = 2 ** 30

const socket = new Socket({ fd: CHANNEL_FD })
const writer = new FrameWriter(socket)
const lanes = new Map<number, ChildLane>()
let setup: Pick<WarmIsolateOptions, 'limits' | 'libraries' | 'guestScript'> | undefined

// A pinned isolate thread makes `process.exit()` hang; only this ends the process for sure.
const end = (): void => void process.kill(process.pid, 'SIGKILL')
socket.on('error', end)
socket.on('close', end)
process.on('unhandledRejection', (reason) => {
  process.stderr.write(`unhandled rejection: ${reason instanceof Error ? reason.stack : String(reason)}\n`)
})

const reader = new FrameReader({
  frameBytesMax: FRAME_BYTES_MAX,
  onFrame: (head, body) => receive(head as ToChild, body),
  onBroken: end,
})
socket.on('data', (chunk: Buffer) => reader.push(chunk))

function send(message: ToParent, body = ''): void {
  writer.write(message, body)
}

function receive(message: ToChild, body: string): void {
  switch (message.t) {
    case 'init': return start(message, body)
    case 'open': return open(message, body)
    case 'close': {
      lanes.get(message.lane)?.close()
      lanes.delete(message.lane)
      return
    }
    case 'run': return lanes.get(message.lane)?.run(message, body)
    case 'fetched': return lanes.get(message.lane)?.answerFetch(message.id, body.slice(0, message.headChars), body.slice(message.headChars))
    default: return message satisfies never
  }
}

function start({ limits, libraries }: Extract<ToChild, { t: 'init' }>, guestScript: string): void {
  setup = { limits, libraries: new LibraryShelf(libraries), guestScript: { text: guestScript } }
  setInterval(() => {
    const nowMs = performance.now()
    for (const lane of lanes.values()) lane.watch(nowMs)
  }, limits.childWatchMs)
  send({ t: 'ready' })
}

function open(message: Extract<ToChild, { t: 'open' }>, body: string): void {
  if (setup === undefined) return end()
  const options = {
    ...setup,
    resourceType: message.resourceType,
    script: body.slice(0, message.scriptChars),
    settings: body.slice(message.scriptChars),
  }
  lanes.set(message.lane, new ChildLane(message.lane, options, send))
}
