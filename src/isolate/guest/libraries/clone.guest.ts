import structuredClone from 'core-js-pure/web/structured-clone'

// As in `address.guest.ts`.
delete (globalThis as Record<string, unknown>)['__core-js_shared__']

export { structuredClone }
