/** Packages without types of their own, as far as the libraries touch them, and names that only the bundler knows. */
declare module 'lodash' {
  const lodash: object
  export default lodash
}
declare module 'moment-timezone/builds/moment-timezone-with-data-1970-2030' {
  const moment: object
  export default moment
}
declare module 'jsonwebtoken' {
  const jsonwebtoken: object
  export default jsonwebtoken
}
declare module 'uuidv5' {
  const uuidv5: object
  export default uuidv5
}
declare module 'xml' {
  const xml: object
  export default xml
}
declare module 'xml2js' {
  const xml2js: object
  export default xml2js
}
declare module 'crypto-js' {
  const cryptojs: object
  export default cryptojs
}
declare module 'aws4' {
  const aws4: object
  export default aws4
}
declare module 'oauth' {
  export const OAuth: object
  export const OAuth2: object
  export const OAuthEcho: object
}
declare module 'core-js-pure/web/structured-clone' {
  const structuredClone: (value: unknown) => unknown
  export default structuredClone
}
/** Node's `url`, as the package has it. */
declare module 'url/' {
  export function parse(url: string): object
  export function format(url: object): string
  export function resolve(from: string, to: string): string
}
declare module 'events/' {
  export class EventEmitter {
    on(event: string, listener: (...args: never[]) => void): this
    once(event: string, listener: (...args: never[]) => void): this
    emit(event: string, ...args: unknown[]): boolean
  }
}
declare module 'buffer/' {
  export { Buffer, kMaxLength, SlowBuffer, INSPECT_MAX_BYTES } from 'buffer'
}
declare module 'stream' {
  export class Readable {
    push(chunk: unknown): boolean
    resume(): this
    _read(): void
  }
  export class Writable {
    constructor(options?: { autoDestroy?: boolean })
    on(event: string, listener: (...args: never[]) => void): this
    once(event: string, listener: (...args: never[]) => void): this
    emit(event: string, ...args: unknown[]): boolean
    end(chunk?: unknown): this
    destroy(error?: Error): this
    _write(chunk: Uint8Array | string, encoding: string, done: () => void): void
    _destroy(error: Error | null, done: (error: Error | null) => void): void
  }
}
declare module 'readable-stream' {
  export { Readable, Writable } from 'stream'
}
declare module 'stripe' {
  const library: object
  export default library
}
declare module 'twilio' {
  const library: object
  export default library
}
declare module '@sendgrid/client' {
  const library: object
  export default library
}
declare module '@sendgrid/mail' {
  const library: object
  export default library
}
declare module '@mailchimp/mailchimp_marketing' {
  const library: object
  export default library
}
declare module 'aws-sdk/lib/node_loader' {
  const library: object
  export default library
}
declare module '@hubspot/api-client'
/** The bundler replaces it. */
declare function require(name: string): new (options?: object) => object
