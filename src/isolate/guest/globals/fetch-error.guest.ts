import { defineProperty, NativeError } from '../primordials.guest.ts'

/** Why a fetch has no response; names, types and wording are node-fetch 2's, which function code matches on. */
export class FetchError extends NativeError {
  readonly type: string
  readonly code: string | undefined
  readonly errno: string | undefined

  constructor(message: string, type: string, code?: string, options: { name?: string } = {}) {
    super(message)
    defineProperty(this, 'name', { value: options.name ?? 'FetchError', writable: true, configurable: true, enumerable: false })
    this.type = type
    this.code = code
    this.errno = code
  }
}
