/**
 * The libraries behind a function's globals. Each is a bundle of its own, made from `guest/libraries/<name>.guest.ts`, and enters an
 * isolate when the code there first touches one of its globals: what is not used costs nothing.
 */

export interface Library {
  /** Names on the global object; each is an export of the library's file. */
  globals: readonly string[]
  /** What it is made of; none: our own code. */
  packages: readonly string[]
}

export const LIBRARIES = {
  buffer: { globals: ['Buffer'], packages: ['buffer'] },
  web: {
    globals: ['AbortController', 'AbortSignal', 'Blob', 'DOMException', 'Event', 'EventTarget', 'File', 'FormData', 'TextDecoder', 'TextEncoder'],
    packages: [],
  },
  address: { globals: ['URL', 'URLSearchParams'], packages: ['core-js-pure'] },
  clone: { globals: ['structuredClone'], packages: ['core-js-pure'] },
  crypto: { globals: ['crypto', 'Crypto'], packages: ['@noble/hashes', '@noble/ciphers'] },
  cache: { globals: ['cache'], packages: [] },
  lodash: { globals: ['_'], packages: ['lodash'] },
  moment: { globals: ['moment'], packages: ['moment-timezone', 'moment'] },
  jsonwebtoken: { globals: ['jsonwebtoken'], packages: ['jsonwebtoken'] },
  uuidv5: { globals: ['uuidv5'], packages: ['uuidv5'] },
  xml: { globals: ['xml'], packages: ['xml'] },
  xml2js: { globals: ['xml2js'], packages: ['xml2js'] },
  phone: { globals: ['libphonenumberjslib'], packages: ['libphonenumber-js'] },
  zlib: { globals: ['zlib'], packages: ['pako'] },
  cryptojs: { globals: ['cryptojslib'], packages: ['crypto-js'] },
  aws4: { globals: ['aws4'], packages: ['aws4'] },
  fetchretry: { globals: ['fetchretrylib'], packages: ['fetch-retry'] },
  oauth: { globals: ['OAuth'], packages: ['oauth'] },
  http: { globals: ['https', 'http'], packages: [] },
  aws: { globals: ['AWS'], packages: ['aws-sdk'] },
  stripe: { globals: ['stripe'], packages: ['stripe'] },
  twilio: { globals: ['twilio'], packages: ['twilio'] },
  sendgrid: { globals: ['sendgrid'], packages: ['@sendgrid/client', '@sendgrid/mail'] },
  hubspot: { globals: ['hubspotlib'], packages: ['@hubspot/api-client'] },
  mailchimp: { globals: ['mailchimplib'], packages: ['@mailchimp/mailchimp_marketing'] },
  absent: {
    globals: ['google', 'azure', 'jsforce', 'nodemailjet', 'skyflowlib', 'winstonlib', 'pg', 'jsftp', 'snowflakesdk', 'clickHouseClient', 'oneSignal', 'akeylessLabs', 'sentrylib'],
    packages: [],
  },
  // Without globals of their own: what other libraries ask for.
  ciphers: { globals: [], packages: ['@noble/ciphers'] },
  node: { globals: [], packages: ['events'] },
  stream: { globals: [], packages: ['readable-stream'] },
  url: { globals: [], packages: ['url'] },
} as const satisfies Record<string, Library>

export type LibraryName = keyof typeof LIBRARIES

export const LIBRARY_NAMES = Object.keys(LIBRARIES) as LibraryName[]

/** Which library makes which global. */
export const LIBRARY_OF_GLOBAL: Readonly<Record<string, LibraryName>> = Object.fromEntries(
  LIBRARY_NAMES.flatMap((library) => LIBRARIES[library].globals.map((name) => [name, library])),
)
