/**
 * Which addresses may be connected to. Everything that is not plainly public is refused: private, loopback, link-local and
 * metadata addresses, carrier-grade NAT, unique local, multicast, reserved and documentation ranges, and every IPv6 form that
 * carries an IPv4 address (mapped, compatible, 6to4, Teredo, NAT64), since a gateway may unpack those into any of the others.
 * The guard judges addresses, never names: it is asked by the connector, after resolving and before connecting.
 */
import ipaddr from 'ipaddr.js'
import { SluiceError } from '../base/errors.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = [Address, number]

/** Azure's in-guest endpoint hands out credentials from an address that every table of ranges calls public. */
const METADATA = new Set(['168.63.129.16'])
/** All of the public IPv6 Internet; what lies outside is unassigned, special, or IPv4 in disguise. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')

/** Whether `address`, an IP literal in any spelling, belongs to the public Internet. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  const parsed = parseAddress(address)
  if (parsed === undefined || parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' ? !METADATA.has(parsed.toString()) : inRange(parsed, GLOBAL_UNICAST)
}

/** One entry of the allow list, as parsed: a name, an address, or a range, with a port when the entry has one. */
interface AllowRule {
  host?: string
  range?: Range
  port?: number
}

export interface AddressGuard {
  /** Whether the name is allowed as such, wherever it resolves to. */
  allowsName(host: string, port: number): boolean
  /** Whether this address may be connected to. */
  allowsAddress(address: string, port: number): boolean
  /** Ports for which the list has an address rule of their own; on all others `allowsAddress` does not depend on the port. */
  readonly ports: ReadonlySet<number>
}

export interface AddressGuardOptions {
  /** Opens everything; for development. */
  allowPrivate: boolean
  /** `host`, `host:port`, `[v6]:port` or CIDR; hosts are names or addresses. */
  allow: readonly string[]
}

/** @throws SluiceError invalid_request for an entry of the list that is none of the four forms */
export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const rules = options.allow.map(parseRule)
  const matching = (port: number) => rules.filter((rule) => rule.port === undefined || rule.port === port)
  return {
    allowsName: (host, port) => options.allowPrivate || matching(port).some((rule) => rule.host === host.replace(/\.$/, '').toLowerCase()),
    allowsAddress: (address, port) => {
      if (options.allowPrivate || isPublicAddress(address)) return true
      const parsed = parseAddress(address)
      return parsed !== undefined && matching(port).some((rule) => rule.range !== undefined && inRange(parsed, rule.range))
    },
    ports: new Set(rules.flatMap((rule) => (rule.range !== undefined && rule.port !== undefined ? [rule.port] : []))),
  }
}

function parseRule(entry: string): AllowRule {
  const refuse = (): never => {
    throw new SluiceError('invalid_request', { message: `The egress allow list has "${entry}", which is no host, host:port, [v6]:port or CIDR.`, field: 'allow' })
  }
  if (entry.includes('/')) return ipaddr.isValidCIDR(entry) ? { range: ipaddr.parseCIDR(entry) } : refuse()
  const bare = parseAddress(entry)
  if (bare !== undefined) return { range: [bare, bits(bare)] }
  // The same parser that requests go through, so that every spelling of a host means what it means there.
  const url = URL.parse(`http://${entry}`)
  if (url === null || !url.hostname || url.pathname !== '/' || url.search || url.hash || url.username || url.password) return refuse()
  const portText = /:(\d+)$/.exec(entry)?.[1]
  const port = portText === undefined ? undefined : Number(portText)
  const address = parseAddress(unbracket(url.hostname))
  return address === undefined ? { host: url.hostname.replace(/\.$/, ''), port } : { range: [address, bits(address)], port }
}

/** `[::1]` as `::1`; names and IPv4 as they are. */
export function unbracket(hostname: string): string {
  return hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname
}

function parseAddress(text: string): Address | undefined {
  return ipaddr.isValid(text) ? ipaddr.parse(text) : undefined
}

function inRange(address: Address, [network, prefix]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, prefix)
}

function bits(address: Address): number {
  return address.kind() === 'ipv4' ? 32 : 128
}
