/** The writer thread: owns the queue's file, commits groups and answers questions in the order they come. */
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWriter, ToWriter, WriterOptions } from './sqlite/protocol.ts'
import { failureOf, Store } from './sqlite/store.ts'

const IDLE_MS = 50
const CHECKPOINT_IDLE_MS = 2_000

if (parentPort) serve(parentPort, workerData as WriterOptions)

function serve(port: NonNullable<typeof parentPort>, options: WriterOptions): void {
  const send = (message: FromWriter, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
  let store: Store
  try {
    store = new Store(options)
  } catch (error) {
    send({ kind: 'refused', error: failureOf(error).error })
    port.close()
    return
  }
  let now = options.now
  let idle: NodeJS.Timeout | undefined
  const rest = (): void => {
    try {
      const more = store.upkeep(now)
      idle = setTimeout(more ? rest : () => store.checkpoint(true), more ? 0 : CHECKPOINT_IDLE_MS)
    } catch {
      // A disk that fails now fails the next group too, and that one has somebody to tell.
      idle = undefined
    }
  }
  port.on('message', (message: ToWriter) => {
    clearTimeout(idle)
    if (message.kind === 'group') {
      now = message.now
      const answers = store.commit(message)
      send({ kind: 'group', seq: message.seq, answers, depth: store.depth(), chunks: message.chunks }, message.chunks)
      store.checkpoint(false)
    } else {
      answer(store, message, send)
      if (message.name === 'close') return port.close()
    }
    idle = setTimeout(rest, IDLE_MS)
  })
  send({ kind: 'ready', depth: store.depth(), lastEntryId: store.lastId })
}

function answer(store: Store, { seq, name, ask }: Extract<ToWriter, { kind: 'ask' }>, send: (message: FromWriter) => void): void {
  try {
    const found = store.answer(name, ask)
    send({ kind: 'answer', seq, answer: found, depth: store.depth() })
  } catch (error) {
    send({ kind: 'failure', seq, error: failureOf(error).error })
  }
}
