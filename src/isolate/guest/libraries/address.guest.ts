/** `URL` and `URLSearchParams`. Worth a library: they are three quarters of what an isolate would otherwise cost. */
import URL from 'core-js-pure/web/url'
import URLSearchParams from 'core-js-pure/web/url-search-params'

// The package keeps it here, and reads it while it is evaluated only.
delete (globalThis as Record<string, unknown>)['__core-js_shared__']

export { URL, URLSearchParams }
