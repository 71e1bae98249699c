/** Reads HTTP/1.1 answers off a socket, one at a time, with a Content-Length or chunked; made to cost the machine little. */
export interface Answer {
  status: number
  headers: string
  body: string
  /** The server said that it closes the connection after this answer. */
  closes: boolean
}

const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

export class AnswerReader {
  #parts: Buffer[] = []
  #bytes = 0
  #head: string | undefined
  #bodyStart = 0
  /** undefined while the head is not there; -1 for a chunked body. */
  #bodyBytes: number | undefined
  readonly #keepBody: boolean

  constructor(options: { keepBody: boolean }) {
    this.#keepBody = options.keepBody
  }

  /** The answer, once its last byte is there. */
  push(chunk: Buffer): Answer | undefined {
    this.#parts.push(chunk)
    this.#bytes += chunk.length
    if (this.#head === undefined && !this.#readHead()) return undefined
    if (this.#bodyBytes === -1) {
      if (!this.#joined().subarray(this.#bodyStart).subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) return undefined
    } else if (this.#bytes < this.#bodyStart + this.#bodyBytes!) return undefined
    return this.#finish()
  }

  #joined(): Buffer {
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)]
    return this.#parts[0]!
  }

  #readHead(): boolean {
    const all = this.#joined()
    const end = all.indexOf(HEAD_END)
    if (end < 0) return false
    this.#head = all.toString('latin1', 0, end)
    this.#bodyStart = end + HEAD_END.length
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1]
    const chunked = length === undefined && /\r\ntransfer-encoding: *chunked/i.test(this.#head)
    this.#bodyBytes = chunked ? -1 : Number(length ?? 0)
    return true
  }

  #finish(): Answer {
    const head = this.#head!
    const raw = this.#keepBody ? this.#joined().subarray(this.#bodyStart) : undefined
    const body = raw === undefined ? '' : this.#bodyBytes === -1 ? unchunk(raw) : raw.toString()
    this.#parts = []
    this.#bytes = 0
    this.#head = undefined
    return { status: Number(head.slice(9, 12)), headers: head, body, closes: /\r\nconnection: *close/i.test(head) }
  }
}

function unchunk(raw: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = raw.indexOf('\r\n', at)
    const size = Number.parseInt(raw.toString('latin1', at, lineEnd), 16)
    if (size === 0 || Number.isNaN(size)) return Buffer.concat(parts).toString()
    parts.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
