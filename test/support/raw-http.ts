/** HTTP written by hand, for requests that no well-behaved client sends; several on one connection if need be. */
import { once } from 'node:events'
import { connect } from 'node:net'

export interface RawAnswer {
  status: number
  /** Lower-case names. */
  headers: Record<string, string>
  body: string
}

export interface RawConnection {
  write(bytes: string | Buffer): void
  /** The next `count` answers; fails when the connection closes before. */
  read(count?: number): Promise<RawAnswer[]>
  destroy(): void
}

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let received = Buffer.alloc(0)
  let ended = false
  let wake = (): void => {}
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    wake()
  })
  // A reset is how a server cuts a body off; what matters is which answers came before.
  socket.on('error', () => {})
  socket.on('close', () => {
    ended = true
    wake()
  })
  const readOne = async (): Promise<RawAnswer> => {
    for (;;) {
      const taken = takeAnswer(received)
      if (taken) {
        received = received.subarray(taken.bytes)
        return taken.answer
      }
      if (ended) throw new Error('the connection closed before the answer was whole')
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    write: (bytes) => void socket.write(bytes),
    async read(count = 1) {
      const answers: RawAnswer[] = []
      while (answers.length < count) answers.push(await readOne())
      return answers
    },
    destroy: () => void socket.destroy(),
  }
}

/** Writes `bytes` on a connection of their own and reads `count` answers. */
export async function exchange(port: number, bytes: string | Buffer, count = 1): Promise<RawAnswer[]> {
  const connection = await openRaw(port)
  try {
    connection.write(bytes)
    return await connection.read(count)
  } finally {
    connection.destroy()
  }
}

/** Only answers with a Content-Length. */
function takeAnswer(received: Buffer): { answer: RawAnswer, bytes: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [first = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  const bytes = headEnd + 4 + Number(headers['content-length'] ?? 0)
  if (received.length < bytes) return undefined
  return { answer: { status: Number(first.slice(9, 12)), headers, body: received.subarray(headEnd + 4, bytes).toString() }, bytes }
}
