/**
 * A region is a list of strings as bytes: their byte lengths as 32-bit little-endian numbers, then their UTF-8 one after another.
 * Regions cross to the writer thread inside transferred chunks and lie in the file as they are, so nobody on the way looks
 * inside or copies text by text.
 */
import type { EventCarrier } from '../../model/event.ts'

const CHUNK_BYTES = 1024 ** 2
/** Chunks kept for reuse: two groups under way and the one that gathers, at 2,000 events of 1 KB each. */
const POOLED_CHUNKS_MAX = 12

/** Where the regions of one list of events lie: ids first, then (unless `textsBytes` is 0) the texts. */
export interface Packed {
  chunk: number
  offset: number
  idsBytes: number
  textsBytes: number
  count: number
}

export class ChunkPool {
  readonly #free: ArrayBuffer[] = []

  take(bytesMin: number): ArrayBuffer {
    if (bytesMin > CHUNK_BYTES) return new ArrayBuffer(bytesMin)
    return this.#free.pop() ?? new ArrayBuffer(CHUNK_BYTES)
  }

  give(chunks: readonly ArrayBuffer[]): void {
    for (const chunk of chunks) {
      if (chunk.byteLength === CHUNK_BYTES && this.#free.length < POOLED_CHUNKS_MAX) this.#free.push(chunk)
    }
  }
}

/** Writes the lists of one group into chunks. What throws leaves no trace. */
export class Packer {
  readonly chunks: ArrayBuffer[] = []
  readonly #pool: ChunkPool
  #bytes: Buffer = Buffer.alloc(0)
  #lengths = new Uint32Array(0)
  #used = 0
  #bytesBefore = 0

  constructor(pool: ChunkPool) {
    this.#pool = pool
  }

  /** Bytes written into all chunks. */
  get bytes(): number {
    return this.#bytesBefore + this.#used
  }

  packEvents(events: readonly EventCarrier[]): Packed {
    let chars = 0
    for (const event of events) chars += event.messageId.length + event.text.length
    this.#reserve(bytesBound(chars, events) + events.length * 8 + 8)
    const offset = this.#used
    let position = offset + events.length * 4
    let slot = offset >>> 2
    for (const event of events) {
      const written = this.#bytes.write(event.messageId, position, 'utf8')
      this.#lengths[slot++] = written
      position += written
    }
    const idsBytes = position - offset
    const textsAt = aligned(position)
    position = textsAt + events.length * 4
    slot = textsAt >>> 2
    for (const event of events) {
      const written = this.#bytes.write(event.text, position, 'utf8')
      this.#lengths[slot++] = written
      position += written
    }
    this.#used = aligned(position)
    return { chunk: this.chunks.length - 1, offset, idsBytes, textsBytes: position - textsAt, count: events.length }
  }

  packIds(ids: readonly string[]): Packed {
    let chars = 0
    for (const id of ids) chars += id.length
    this.#reserve(chars * 3 + ids.length * 4 + 4)
    const offset = this.#used
    let position = offset + ids.length * 4
    let slot = offset >>> 2
    for (const id of ids) {
      const written = this.#bytes.write(id, position, 'utf8')
      this.#lengths[slot++] = written
      position += written
    }
    this.#used = aligned(position)
    return { chunk: this.chunks.length - 1, offset, idsBytes: position - offset, textsBytes: 0, count: ids.length }
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.byteLength) return
    const chunk = this.#pool.take(aligned(bytes))
    this.chunks.push(chunk)
    this.#bytesBefore += this.#used
    this.#bytes = Buffer.from(chunk)
    this.#lengths = new Uint32Array(chunk)
    this.#used = 0
  }
}

export function idsOf(chunks: readonly ArrayBuffer[], packed: Packed): Uint8Array {
  return new Uint8Array(chunks[packed.chunk] as ArrayBuffer, packed.offset, packed.idsBytes)
}

export function textsOf(chunks: readonly ArrayBuffer[], packed: Packed): Uint8Array {
  return new Uint8Array(chunks[packed.chunk] as ArrayBuffer, aligned(packed.offset + packed.idsBytes), packed.textsBytes)
}

export function regionLengths(region: Uint8Array, count: number): Uint32Array {
  if (region.byteOffset % 4 === 0) return new Uint32Array(region.buffer, region.byteOffset, count)
  return new Uint32Array(region.slice(0, count * 4).buffer)
}

export function regionStrings(region: Uint8Array, count: number): string[] {
  const bytes = Buffer.from(region.buffer, region.byteOffset, region.byteLength)
  const strings: string[] = []
  let position = count * 4
  for (const length of regionLengths(region, count)) strings.push(bytes.toString('utf8', position, (position += length)))
  return strings
}

/** The same region with only the strings at `indexes` (ascending). */
export function pickFromRegion(region: Uint8Array, count: number, indexes: readonly number[]): Uint8Array {
  const lengths = regionLengths(region, count)
  const starts = new Uint32Array(count)
  let position = count * 4
  for (let index = 0; index < count; index++) {
    starts[index] = position
    position += lengths[index] as number
  }
  const parts = indexes.map((index) => region.subarray(starts[index] as number, (starts[index] as number) + (lengths[index] as number)))
  return joinParts(parts)
}

/** One region out of several; each is given with its count. */
export function joinRegions(regions: readonly { region: Uint8Array, count: number }[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const { region, count } of regions) {
    let position = count * 4
    for (const length of regionLengths(region, count)) parts.push(region.subarray(position, (position += length)))
  }
  return joinParts(parts)
}

function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((bytes, part) => bytes + part.byteLength, parts.length * 4))
  const lengths = new Uint32Array(joined.buffer, 0, parts.length)
  let position = parts.length * 4
  parts.forEach((part, index) => {
    lengths[index] = part.byteLength
    joined.set(part, position)
    position += part.byteLength
  })
  return joined
}

/** At least as many bytes as the events take. A letter takes 3 at most; only where that is a lot are they counted. */
function bytesBound(chars: number, events: readonly EventCarrier[]): number {
  if (chars * 3 < CHUNK_BYTES) return chars * 3
  return events.reduce((bytes, { messageId, text }) => bytes + Buffer.byteLength(messageId) + Buffer.byteLength(text), 0)
}

function aligned(bytes: number): number {
  return (bytes + 3) & ~3
}
