/** Names that packages written for Node use without importing them; a bundle gets those that occur in it. */
export { Buffer } from 'buffer'
