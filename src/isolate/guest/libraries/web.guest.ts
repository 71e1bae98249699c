/** What browsers and Node have beside `fetch` and `URL`. */
import { AbortController, AbortSignal } from './web/abort.guest.ts'
import { Blob, File } from './web/blob.guest.ts'
import { DOMException, Event, EventTarget } from './web/event.guest.ts'
import { Form } from './web/form.guest.ts'
import { TextDecoder, TextEncoder } from './web/text.guest.ts'

export { AbortController, AbortSignal, Blob, DOMException, Event, EventTarget, File, Form as FormData, TextDecoder, TextEncoder }
