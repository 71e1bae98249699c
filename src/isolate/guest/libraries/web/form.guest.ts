/**
 * A form as browsers have it, with the methods of the package form-data besides (`getHeaders`, `getBuffer` ...), which is what function
 * authors know it by: as the body of a `fetch` it works with and without `headers: form.getHeaders()`.
 */
import { Buffer } from 'buffer'
import { AS_BODY, type BodyContent } from '../../globals/body.guest.ts'
import { askHost } from '../../globals/host.guest.ts'
import { Blob, bytesOf, File } from './blob.guest.ts'

interface Field {
  name: string
  value: string | File
}

type AppendOptions = string | { filename?: string, contentType?: string }

export class Form {
  // The name that authors know, and packages ask for.
  static readonly name = 'FormData'

  #fields: Field[] = []
  readonly #boundary = `--------------------------${Buffer.from(askHost(['random', 12]) as Uint8Array).toString('hex')}`

  append(name: string, value: unknown, options?: AppendOptions): void {
    this.#fields.push({ name: String(name), value: valueOf(value, options) })
  }

  set(name: string, value: unknown, options?: AppendOptions): void {
    const at = this.#fields.findIndex((field) => field.name === name)
    this.#fields = this.#fields.filter((field, i) => field.name !== name || i === at)
    if (at < 0) this.append(name, value, options)
    else this.#fields[at] = { name: String(name), value: valueOf(value, options) }
  }

  delete(name: string): void {
    this.#fields = this.#fields.filter((field) => field.name !== name)
  }

  get(name: string): string | File | null {
    return this.#fields.find((field) => field.name === name)?.value ?? null
  }

  getAll(name: string): (string | File)[] {
    return this.#fields.filter((field) => field.name === name).map((field) => field.value)
  }

  has(name: string): boolean {
    return this.#fields.some((field) => field.name === name)
  }

  forEach(visit: (value: string | File, name: string, form: Form) => void): void {
    for (const { name, value } of this.#fields) visit(value, name, this)
  }

  entries(): IterableIterator<[string, string | File]> {
    return this.#fields.map((field): [string, string | File] => [field.name, field.value]).values()
  }

  keys(): IterableIterator<string> {
    return this.#fields.map((field) => field.name).values()
  }

  values(): IterableIterator<string | File> {
    return this.#fields.map((field) => field.value).values()
  }

  [Symbol.iterator](): IterableIterator<[string, string | File]> {
    return this.entries()
  }

  get [Symbol.toStringTag](): string {
    return 'FormData'
  }

  getBoundary(): string {
    return this.#boundary
  }

  getHeaders(headers: Record<string, string> = {}): Record<string, string> {
    return { 'content-type': `multipart/form-data; boundary=${this.#boundary}`, ...headers }
  }

  getBuffer(): Buffer {
    const parts: Uint8Array[] = []
    for (const { name, value } of this.#fields) {
      const file = value instanceof File ? `; filename="${quoted(value.name)}"\r\nContent-Type: ${value.type || 'application/octet-stream'}` : ''
      parts.push(Buffer.from(`--${this.#boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}\r\n\r\n`), bytesOf(value), Buffer.from('\r\n'))
    }
    return Buffer.concat([...parts, Buffer.from(`--${this.#boundary}--\r\n`)])
  }

  getLengthSync(): number {
    return this.getBuffer().length
  }

  getLength(done: (error: null, length: number) => void): void {
    done(null, this.getLengthSync())
  }

  hasKnownLength(): boolean {
    return true
  }

  [AS_BODY](): { content: BodyContent, type: string | null } {
    return { content: new Uint8Array(this.getBuffer()), type: this.getHeaders()['content-type']! }
  }
}

function valueOf(value: unknown, options: AppendOptions | undefined): string | File {
  const { filename, contentType } = typeof options === 'string' ? { filename: options } : options ?? {}
  const binary = value instanceof Blob || value instanceof ArrayBuffer || ArrayBuffer.isView(value)
  if (!binary && filename === undefined && contentType === undefined) return String(value)
  if (value instanceof File && filename === undefined) return value
  const type = contentType ?? (value instanceof Blob ? value.type : '')
  return new File([value], filename ?? 'blob', { type })
}

const quoted = (text: string): string => text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
