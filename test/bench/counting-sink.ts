/**
 * Counts the events that reach it in a process of its own, for as little as possible: it looks for `"messageId":"` in what it is sent and
 * answers 200. `node counting-sink.ts` is the process, `startCountingSink` the bench's side of it.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ChildProcess } from 'node:child_process'
import type { AddressInfo, Socket } from 'node:net'

export interface CountingSink extends AsyncDisposable {
  url: string
  pid: number
  /** Starts counting from 0. */
  reset(): Promise<void>
  count(): Promise<number>
}

interface Told {
  port?: number
  count?: number
}

export async function startCountingSink(): Promise<CountingSink> {
  const child = fork(fileURLToPath(import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const { port } = await tell(child)
  const ask = async (question: 'count' | 'reset'): Promise<number> => {
    const answer = tell(child)
    child.send(question)
    return (await answer).count ?? 0
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    reset: async () => void await ask('reset'),
    count: () => ask('count'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function tell(child: ChildProcess): Promise<Told> {
  const [told] = await once(child, 'message') as [Told]
  return told
}

const MARK = Buffer.from('"messageId":"')
const HEAD_END = Buffer.from('\r\n\r\n')
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
let counted = 0

function serve(socket: Socket): void {
  socket.setNoDelay(true)
  let waiting: Buffer[] = []
  let bytes = 0
  let wanted = 0
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    waiting.push(chunk)
    bytes += chunk.length
    while (bytes > 0 && bytes >= wanted) {
      const all = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting)
      waiting = [all]
      const size = requestBytes(all)
      wanted = size ?? 0
      if (size === undefined || bytes < size) return
      for (let at = all.indexOf(MARK); at >= 0 && at < size; at = all.indexOf(MARK, at + MARK.length)) counted++
      waiting = [all.subarray(size)]
      bytes -= size
      wanted = 0
      socket.write(ANSWER)
    }
  })
}

/** How long the first request in `all` is; undefined while its head is not whole. */
function requestBytes(all: Buffer): number | undefined {
  const end = all.indexOf(HEAD_END)
  if (end < 0) return undefined
  const length = /\r\ncontent-length: *(\d+)/i.exec(all.toString('latin1', 0, end))?.[1]
  if (length === undefined) throw new Error('the counting sink takes only requests with a Content-Length')
  return end + HEAD_END.length + Number(length)
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined) {
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.send({ port: (server.address() as AddressInfo).port })
  process.on('message', (question) => {
    if (question === 'reset') counted = 0
    process.send?.({ count: counted })
  })
  process.on('disconnect', () => process.exit())
}
