/** Node's `url` module: the old functions of the package, and the classes that are here already. */
import * as legacy from 'url/'
import { address } from '../globals/url.guest.ts'

const { URL, URLSearchParams } = address()

export const url = {
  ...legacy, URL, URLSearchParams,
  fileURLToPath: (): string => '/',
  pathToFileURL: (path: string): URL => new URL(`file://${path}`),
  domainToASCII: (name: string): string => new URL(`http://${name}`).toString().slice(7, -1),
}
