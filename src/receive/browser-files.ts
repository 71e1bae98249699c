/** What browsers load from here: analytics.js as the installed package has it, and Jitsu's snippet. Read once, when first asked for. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

export interface BrowserFile {
  plain: Buffer
  packed: Buffer
}

const pack = promisify(gzip)
const kept = new Map<string, Promise<BrowserFile | undefined>>()

function keep(name: string, read: () => Promise<Buffer | undefined>): Promise<BrowserFile | undefined> {
  const before = kept.get(name)
  if (before !== undefined) return before
  const file = read().then(async (plain) => plain && { plain, packed: await pack(plain) })
  kept.set(name, file)
  file.catch(() => kept.delete(name))
  return file
}

const analyticsFolder = (): string => join(dirname(fileURLToPath(import.meta.resolve('@segment/analytics-next/package.json'))), 'dist', 'umd')

/**
 * analytics.js takes the host of its settings and chunks from its own address only where that is https, and else asks Segment's. This
 * tells it in any case, and names the write key, so that a bare script tag without the snippet works too.
 */
const PRELUDE = `!function(){var s=document.currentScript,m=s&&/^(.*)\\/analytics\\.js\\/v1\\/([^/?#]+)\\//.exec(s.src);if(m){`
  + `var k=s.getAttribute("data-global-segment-analytics-key")||"analytics",a=window[k]=window[k]||[];`
  + `a._cdn=a._cdn||m[1];a._writeKey=a._writeKey||decodeURIComponent(m[2])}}();\n`

export function analyticsLibrary(): Promise<BrowserFile | undefined> {
  return keep('analytics.min.js', async () => Buffer.concat([Buffer.from(PRELUDE), await readFile(join(analyticsFolder(), 'standalone.js'))]))
}

const CHUNK = /^[\w.-]+\.js$/

/** A file that analytics.js loads when it needs it; undefined when there is none of this name. */
export async function analyticsChunk(name: string): Promise<BrowserFile | undefined> {
  // Names are looked up in the folder's list, so that no name can lead out of it, or fill the memory.
  if (!CHUNK.test(name) || !(await chunkNames()).has(name)) return undefined
  return keep(`chunk ${name}`, () => readFile(join(analyticsFolder(), name)))
}

let names: Promise<ReadonlySet<string>> | undefined

function chunkNames(): Promise<ReadonlySet<string>> {
  return (names ??= readdir(analyticsFolder()).then((found) => new Set(found)))
}

export function jitsuLibrary(): Promise<BrowserFile | undefined> {
  return keep('p.js', () => readFile(join(dirname(fileURLToPath(import.meta.resolve('@jitsu/js/package.json'))), 'dist', 'web', 'p.js.txt')))
}
