/** The two programs that run elsewhere, each as one script made of the sources: one in every child, one in every isolate. */
import { build, type BuildOptions } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { makeLibraries } from './library-bundles.ts'

export interface Bundles {
  /** The child's program. Plain JavaScript, since a hardened child cannot strip types; and so the child need not read our files. */
  child: string
  /** What goes into every isolate before the author's code; its value is the function `boot`. */
  guest: string
  /** The folder of the libraries that isolates load when they are used. */
  libraries: string
}

let made: Promise<Bundles> | undefined

/** Made once per process; about 50 ms, and 2 s more for the libraries when they have changed since they were last made. */
export function makeBundles(): Promise<Bundles> {
  return (made ??= bundleBoth())
}

async function bundleBoth(): Promise<Bundles> {
  const [child, guest, libraries] = await Promise.all([
    bundle('process-main.ts', { format: 'cjs', platform: 'node', external: ['isolated-vm'] }),
    bundle('guest/bootstrap.guest.ts', { format: 'iife', globalName: 'guest', minify: true }),
    makeLibraries(),
  ])
  // In a function of its own, so that the script leaves no name on the global object.
  return { child, guest: `(function(){${guest}\nreturn guest.boot})()`, libraries }
}

async function bundle(file: string, options: BuildOptions): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true, write: false, target: 'es2024', legalComments: 'none', tsconfigRaw: '{}', logLevel: 'silent', ...options,
  })
  return result.outputFiles![0]!.text
}
