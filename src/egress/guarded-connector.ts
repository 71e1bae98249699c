/**
 * Opens sockets to permitted addresses only. The check sits where the socket is made: a `lookup` hook alone is never asked
 * about IP literals, and a check of the URL alone says nothing about what its name resolves to a moment later. Names are
 * resolved once; what the check lets through is what is connected to, so a name cannot change its mind in between.
 */
import dns from 'node:dns'
import net from 'node:net'
import { buildConnector } from 'undici'
import { unbracket } from './address-guard.ts'
import type { AddressGuard } from './address-guard.ts'

/** Thrown into the socket; the one sign by which the request knows a refusal. */
export class BlockedAddressError extends Error {
  constructor() {
    super('blocked address')
    this.name = 'BlockedAddressError'
  }
}

export interface ConnectorOptions {
  guard: AddressGuard
  connectMs: number
  /** `dns.lookup`, unless a test scripts it. Must call back later, not at once: `tls.connect` breaks on a socket that fails before it returns. */
  lookup?: net.LookupFunction
}

export function createGuardedConnector({ guard, connectMs, lookup = dns.lookup }: ConnectorOptions): buildConnector.connector {
  // One version of HTTP everywhere: a body that is sent twice over after a GOAWAY would be a repeated delivery.
  const connector = (resolve: net.LookupFunction) => buildConnector({ lookup: resolve, timeout: connectMs, allowH2: false } as buildConnector.BuildOptions)
  const open = connector(lookup)
  // `lookup` is not told the port, so each port with rules of its own gets its own connector; all others share the one for 0.
  const checked = new Map([0, ...guard.ports].map((port) => [port, connector(checkedLookup(guard, port, lookup))]))

  return (options, callback) => {
    const host = unbracket(options.hostname)
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80)
    if (guard.allowsName(host, port)) return open(options, callback)
    if (net.isIP(host) !== 0 && !guard.allowsAddress(host, port)) return callback(new BlockedAddressError(), null)
    return (checked.get(port) ?? checked.get(0)!)(options, callback)
  }
}

/** Resolves and hands on the permitted addresses; fails when there is none. */
function checkedLookup(guard: AddressGuard, port: number, lookup: net.LookupFunction): net.LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const all = Array.isArray(found) ? found : [{ address: found, family: net.isIP(found) }]
      const permitted = all.filter(({ address }) => guard.allowsAddress(address, port))
      const first = permitted[0]
      if (first === undefined) return callback(new BlockedAddressError(), [])
      return options.all ? callback(null, permitted) : callback(null, first.address, first.family)
    })
  }
}
