export { default as URL } from 'core-js-pure/web/url'
export { default as URLSearchParams } from 'core-js-pure/web/url-search-params'
