/** `::ffff:203.0.113.9`, as a socket that takes both families names an IPv4 caller. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i

/** The caller's address as events carry it: IPv4 in its own form, IPv6 without a zone. */
export function clientAddress(address: string): string {
  return address.replace(MAPPED, '').replace(/%.*$/, '')
}
