declare module 'core-js-pure/web/url' {
  const url: typeof URL
  export default url
}
declare module 'core-js-pure/web/url-search-params' {
  const params: typeof URLSearchParams
  export default params
}
declare class URL {
  constructor(url: string, base?: string | URL)
  href: string
  readonly origin: string
  protocol: string
  toString(): string
}
declare class URLSearchParams {
  constructor(init?: unknown)
  toString(): string
}
