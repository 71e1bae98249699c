/** The code that goes into every isolate before the author's, as one script whose value is the function `boot`. */
import { build } from 'esbuild'

let bundled: Promise<string> | undefined

/** Made once per process, from the sources; about 50 ms. */
export function bundleGuest(): Promise<string> {
  return (bundled ??= bundle())
}

async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [new URL('guest/bootstrap.guest.ts', import.meta.url).pathname],
    bundle: true, write: false, format: 'iife', globalName: 'guest', target: 'es2024', minify: true, legalComments: 'none', tsconfigRaw: '{}', logLevel: 'silent',
  })
  // In a function of its own, so that the script leaves no name on the global object.
  return `(function(){${result.outputFiles[0]!.text}\nreturn guest.boot})()`
}
