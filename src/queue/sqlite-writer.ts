/** The writer thread: owns the queue's file, commits groups and answers questions in the order they come. */
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWriter, ToWriter, WriterOptions } from './sqlite/protocol.ts'
import { failureOf, Store } from './sqlite/store.ts'

const UPKEEP_IDLE_MS = 20
const CHECKPOINT_IDLE_MS = 2_000

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
  const rest = new Rest(store, options.now)
  port.on('message', (message: ToWriter) => {
    if (message.kind === 'group') {
      const answers = store.commit(message)
      send({ kind: 'group', seq: message.seq, answers, depth: store.depth(), chunks: message.chunks }, message.chunks)
      store.checkpoint(false)
      rest.after(message.now)
      return
    }
    answer(store, message, send)
    if (message.name === 'close') {
      rest.end()
      port.close()
    }
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

/** What is done while no groups come: upkeep soon after the last one, then a checkpoint. Questions, which may come all the time, do not put it off. */
class Rest {
  readonly #store: Store
  readonly #upkeep: NodeJS.Timeout
  readonly #checkpoint: NodeJS.Timeout
  #now: number

  constructor(store: Store, now: number) {
    this.#store = store
    this.#now = now
    this.#upkeep = setTimeout(() => this.#keepUp(), UPKEEP_IDLE_MS)
    this.#checkpoint = setTimeout(() => store.checkpoint(true), CHECKPOINT_IDLE_MS)
  }

  after(now: number): void {
    this.#now = now
    this.#upkeep.refresh()
    this.#checkpoint.refresh()
  }

  end(): void {
    clearTimeout(this.#upkeep)
    clearTimeout(this.#checkpoint)
  }

  #keepUp(): void {
    try {
      // One step at a time, so that a group that comes meanwhile waits for one step at most.
      if (this.#store.upkeep(this.#now)) this.#upkeep.refresh()
    } catch {
      // A disk that fails now fails the next group too, and that one has somebody to tell.
    }
  }
}

if (parentPort) serve(parentPort, workerData as WriterOptions)
