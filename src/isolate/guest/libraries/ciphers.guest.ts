/** AES, whose tables take longer to make than everything else in `crypto`: most functions only hash. */
export { cbc, ctr, ecb, gcm } from '@noble/ciphers/aes.js'
