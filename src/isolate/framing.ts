/**
 * Messages on the socket between parent and child: a small JSON head, and a text that is passed on unread.
 *
 *     u32 bytes that follow | u32 bytes of the head | head (JSON) | body (UTF-8)
 *
 * Numbers are big-endian. Both ends are ours, but the child runs strangers' code in the same process, so the parent
 * takes nothing for granted: sizes are bounded, and a frame that breaks the form is an error for the whole connection.
 */
import { isAscii } from 'node:buffer'
import type { Socket } from 'node:net'

const LENGTHS_BYTES = 8

export function encodeFrame(head: object, body: string): Buffer {
  const headText = JSON.stringify(head)
  const headBytes = Buffer.byteLength(headText)
  const bodyBytes = Buffer.byteLength(body)
  const frame = Buffer.allocUnsafe(LENGTHS_BYTES + headBytes + bodyBytes)
  frame.writeUInt32BE(4 + headBytes + bodyBytes, 0)
  frame.writeUInt32BE(headBytes, 4)
  frame.write(headText, LENGTHS_BYTES)
  frame.write(body, LENGTHS_BYTES + headBytes)
  return frame
}

/** Writes all frames of one turn of the event loop with one system call. */
export class FrameWriter {
  readonly #socket: Socket
  #corked = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  write(head: object, body = ''): void {
    if (!this.#socket.writable) return
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#corked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(encodeFrame(head, body))
  }
}

export interface FrameReaderOptions {
  frameBytesMax: number
  onFrame(head: unknown, body: string): void
  /** Called once; the reader takes nothing after it. */
  onBroken(reason: string): void
}

/** Takes the socket's chunks and gives whole frames. A frame inside one chunk is read in place, a longer one is gathered once. */
export class FrameReader {
  readonly #options: FrameReaderOptions
  #rest: Buffer | undefined
  #gathering: { frame: Buffer, filled: number } | undefined
  #broken = false

  constructor(options: FrameReaderOptions) {
    this.#options = options
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.#broken) {
      if (this.#gathering !== undefined) at += this.#gather(this.#gathering, chunk.subarray(at))
      else if (this.#rest !== undefined) at += this.#completeLength(this.#rest, chunk.subarray(at))
      else at += this.#readInPlace(chunk.subarray(at))
    }
  }

  #readInPlace(chunk: Buffer): number {
    if (chunk.length < 4) {
      this.#rest = Buffer.from(chunk)
      return chunk.length
    }
    const bytes = this.#frameBytes(chunk)
    if (bytes === undefined) return chunk.length
    if (chunk.length < bytes) return this.#startGathering(bytes, chunk)
    this.#emit(chunk.subarray(4, bytes))
    return bytes
  }

  #completeLength(rest: Buffer, chunk: Buffer): number {
    const taken = Math.min(4 - rest.length, chunk.length)
    const length = Buffer.concat([rest, chunk.subarray(0, taken)])
    if (length.length < 4) {
      this.#rest = length
      return taken
    }
    this.#rest = undefined
    const bytes = this.#frameBytes(length)
    if (bytes !== undefined) this.#startGathering(bytes, length)
    return taken
  }

  #startGathering(bytes: number, start: Buffer): number {
    const frame = Buffer.allocUnsafe(bytes)
    start.copy(frame)
    this.#gathering = { frame, filled: start.length }
    return start.length
  }

  #gather(gathering: { frame: Buffer, filled: number }, chunk: Buffer): number {
    const taken = Math.min(gathering.frame.length - gathering.filled, chunk.length)
    chunk.copy(gathering.frame, gathering.filled, 0, taken)
    gathering.filled += taken
    if (gathering.filled === gathering.frame.length) {
      this.#gathering = undefined
      this.#emit(gathering.frame.subarray(4))
    }
    return taken
  }

  /** Of the whole frame with its length field; undefined when it cannot be one. */
  #frameBytes(start: Buffer): number | undefined {
    const bytes = 4 + start.readUInt32BE(0)
    if (bytes >= LENGTHS_BYTES && bytes <= this.#options.frameBytesMax) return bytes
    this.#break(`a frame of ${bytes} bytes; at most ${this.#options.frameBytesMax} are allowed`)
    return undefined
  }

  #emit(content: Buffer): void {
    const headBytes = content.readUInt32BE(0)
    if (4 + headBytes > content.length) return this.#break('a head longer than its frame')
    let head: unknown
    try {
      head = JSON.parse(text(content.subarray(4, 4 + headBytes)))
    } catch {
      return this.#break('a head that is not JSON')
    }
    this.#options.onFrame(head, text(content.subarray(4 + headBytes)))
  }

  #break(reason: string): void {
    this.#broken = true
    this.#options.onBroken(reason)
  }
}

/** Most bodies are plain ASCII, which needs no decoding. */
function text(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString()
}
