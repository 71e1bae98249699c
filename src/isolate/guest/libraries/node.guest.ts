/** The small parts of Node that packages expect to find. The large one, streams, is a library of its own and comes when it is used. */
import { EventEmitter } from 'events/'
import { inspect } from '../globals/inspect.guest.ts'
import { loadLibrary } from '../globals/libraries.guest.ts'
import * as querystring from './parts/querystring.guest.ts'
import * as util from './parts/node-inspect.guest.ts'
import * as path from './parts/node-path.guest.ts'

/** The oldest kind of stream, from which some packages inherit and of which they use no more than the events. */
class LegacyStream extends EventEmitter {
  pipe<Target extends { write(chunk: unknown): void, end(): void }>(target: Target): Target {
    this.on('data', (chunk: unknown) => target.write(chunk))
    this.on('end', () => target.end())
    return target
  }
}

/** Made callable, since those packages inherit by calling it. */
function Stream(this: EventEmitter): void {
  (EventEmitter as unknown as { call(self: EventEmitter): void }).call(this)
}
Stream.prototype = LegacyStream.prototype

const stream = Object.assign(Stream, { Stream })
for (const name of ['Readable', 'Writable', 'Duplex', 'Transform', 'PassThrough', 'pipeline', 'finished', 'promises', 'addAbortSignal']) {
  Object.defineProperty(stream, name, { configurable: true, enumerable: true, get: () => loadLibrary('stream')[name] })
}

const events = Object.assign(EventEmitter, { EventEmitter })

function assert(condition: unknown, message?: string): void {
  if (!condition) throw new Error(message ?? 'assertion failed')
}
Object.assign(assert, { ok: assert, equal: (a: unknown, b: unknown, message?: string) => assert(a === b, message), strictEqual: (a: unknown, b: unknown, message?: string) => assert(a === b, message) })

const os = { EOL: '\n', platform: () => 'linux', type: () => 'Linux', arch: () => 'x64', release: () => '', hostname: () => 'localhost', homedir: () => '/', tmpdir: () => '/tmp', cpus: () => [] }

export { assert, events, os, path, querystring, stream, util, inspect }
