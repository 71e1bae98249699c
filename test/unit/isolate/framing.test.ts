import { expect, test } from 'vitest'
import { encodeFrame, FrameReader } from '#src/isolate/framing.ts'

interface Read {
  frames: [unknown, string][]
  broken: string[]
}

function reader(frameBytesMax = 1_000_000): { push(chunk: Buffer): void, read: Read } {
  const read: Read = { frames: [], broken: [] }
  const frames = new FrameReader({ frameBytesMax, onFrame: (head, body) => read.frames.push([head, body]), onBroken: (reason) => read.broken.push(reason) })
  return { push: (chunk) => frames.push(chunk), read }
}

const FRAMES: [object, string][] = [[{ t: 'a' }, ''], [{ t: 'b', n: 1 }, 'plain text'], [{ t: 'ü' }, 'größer — 🎉'.repeat(50)], [{ t: 'c' }, 'x'.repeat(3_000)]]
const BYTES = Buffer.concat(FRAMES.map(([head, body]) => encodeFrame(head, body)))

test.for([1, 2, 3, 5, 7, 64, 1_000, BYTES.length])('frames come out as they went in, cut into chunks of %i bytes', (size) => {
  const { push, read } = reader()
  for (let at = 0; at < BYTES.length; at += size) push(BYTES.subarray(at, at + size))
  expect(read).toEqual({ frames: FRAMES, broken: [] })
})

test('a frame above the limit breaks the stream, and nothing after it is read', () => {
  const { push, read } = reader(1_000)
  push(BYTES)
  push(BYTES)
  expect(read.frames).toEqual(FRAMES.slice(0, 3).filter(([, body]) => Buffer.byteLength(body) < 900))
  expect(read.broken).toEqual([expect.stringContaining('at most 1000')])
})

test.for([
  ['a head longer than its frame', Buffer.from([0, 0, 0, 6, 0, 0, 0, 9, 123, 125])],
  ['a head that is not JSON', Buffer.from([0, 0, 0, 6, 0, 0, 0, 2, 123, 123])],
  ['a frame too short for a head', Buffer.from([0, 0, 0, 1, 0])],
] as const)('%s breaks the stream', ([, bytes]) => {
  const { push, read } = reader()
  push(bytes)
  expect(read.frames).toEqual([])
  expect(read.broken).toHaveLength(1)
})
