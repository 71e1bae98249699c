import { describe, expect, test } from 'vitest'
import { createAddressGuard, isPublicAddress } from '../../../src/egress/address-guard.ts'

describe('what is a public address', () => {
  test.each(['1.1.1.1', '8.8.8.8', '93.184.215.14', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each(['', 'localhost', '300.1.1.1', '::ffff:8.8.8.8', 'fe80::1%eth0', '::8.8.8.8', '64:ff9b::808:808'])('%j is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('the allow list', () => {
  const guard = createAddressGuard({ allowPrivate: false, allow: ['127.0.0.1:9000', '10.1.0.0/16', 'db.internal', 'API.internal:8443', '[::1]:9001', 'fd00:1::/32', '192.168.1.7'] })

  test('host:port opens that port of an address only', () => {
    expect([9_000, 9_001, 80].map((port) => guard.allowsAddress('127.0.0.1', port))).toEqual([true, false, false])
    expect([9_001, 9_000].map((port) => guard.allowsAddress('::1', port))).toEqual([true, false])
    expect(guard.ports).toEqual(new Set([9_000, 9_001]))
  })

  test('a range or a bare address opens all ports', () => {
    expect(['10.1.2.3', '10.2.2.3', '192.168.1.7', '192.168.1.8', 'fd00:1::5', 'fd00:2::5'].map((address) => guard.allowsAddress(address, 5_432))).toEqual([true, false, true, false, true, false])
  })

  test('a name opens itself, in any case and with a dot at the end, but no name above or below it', () => {
    expect(['db.internal', 'DB.internal', 'db.internal.', 'x.db.internal', 'internal'].map((host) => guard.allowsName(host, 80))).toEqual([true, true, true, false, false])
    expect([8_443, 443].map((port) => guard.allowsName('api.internal', port))).toEqual([true, false])
  })

  test('IPv4 in IPv6 clothes is not what an IPv4 entry means', () => {
    expect(guard.allowsAddress('::ffff:127.0.0.1', 9_000)).toBe(false)
  })

  test('everything is open with allowPrivate', () => {
    const open = createAddressGuard({ allowPrivate: true, allow: [] })
    expect(open.allowsAddress('169.254.169.254', 80)).toBe(true)
    expect(open.allowsName('anything', 80)).toBe(true)
  })

  test.each(['http://a', 'a/b', '10.0.0.0/99', 'a:99999', 'a b', '', 'user@host', 'a:80:90', '[::1', 'a?b'])('the entry %j is refused by name', (entry) => {
    expect(() => createAddressGuard({ allowPrivate: false, allow: [entry] })).toThrow(`The egress allow list has "${entry}"`)
  })
})
