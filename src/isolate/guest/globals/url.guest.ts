/** The classes of addresses, which come as a library when something needs them. */
import { loadedLibrary, loadLibrary } from './libraries.guest.ts'
import { testPattern } from '../primordials.guest.ts'

interface Address {
  URL: typeof URL
  URLSearchParams: typeof URLSearchParams
}

export const address = (): Address => loadLibrary('address') as unknown as Address

/** Without the library there is none. */
export function isSearchParams(value: object): boolean {
  const loaded = loadedLibrary('address') as Address | undefined
  return loaded !== undefined && value instanceof loaded.URLSearchParams
}

/**
 * What the parser would give back as it is: a host of plain labels that ends in a word, no port, no dot segment, nothing to be encoded.
 * Most addresses that functions call are like that.
 */
const NORMAL = /^https?:\/\/(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:\/|(?:\/[\w~-][\w~!$&()*+,;=:@.-]*)+\/?)(?:\?[\w~!$&()*+,;=:@./?-]*)?$/
/** International labels are for the parser. */
const ENCODED_LABEL = /[/.]xn--/

/** The address in its normal form. Throws TypeError for what is no absolute address. */
export function normalAddress(text: string): string {
  return testPattern(NORMAL, text) && !testPattern(ENCODED_LABEL, text) ? text : new (address().URL)(text).href
}
