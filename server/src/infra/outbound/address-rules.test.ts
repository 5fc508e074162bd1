import { describe, expect, it } from 'vitest'
import { isPublicAddress } from './address-rules.ts'

/** From the registries, by hand: the first and the last address of each block, then the public neighbours on both sides. */
const blocks: readonly [string, string, string, string | undefined, string | undefined][] = [
  ['this network', '0.0.0.0', '0.255.255.255', undefined, '1.0.0.0'],
  ['private', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['carrier-grade NAT', '100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['loopback', '127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['link-local', '169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['private', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['protocol assignments', '192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['documentation', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['AS112', '192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
  ['AMT', '192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
  ['6to4 relays', '192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['private', '192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['AS112', '192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
  ['benchmarks', '198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['documentation', '198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['documentation', '203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['multicast to broadcast', '224.0.0.0', '255.255.255.255', '223.255.255.255', undefined],
  ["a cloud's platform", '168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
  ['below global unicast', '::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined, '2000::'],
  ['above global unicast', '4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3ffe::1', undefined],
  ['Teredo and its kin', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff::', '2001:200::'],
  ['documentation', '2001:db8::', '2001:db8:ffff::1', '2001:db7:ffff::1', '2001:db9::'],
  ['6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:ffff::', '2003::'],
  ['AS112', '2620:4f:8000::', '2620:4f:8000:ffff::1', '2620:4f:7fff::', '2620:4f:8001::'],
  ['documentation', '3fff::', '3fff:fff:ffff::1', '3ffe:ffff::', '3fff:1000::'],
]

describe('isPublicAddress', () => {
  it.each(blocks)('refuses %s from %s to %s, and not an address more', (_name, first, last, before, after) => {
    expect([first, last].map(isPublicAddress)).toEqual([false, false])
    const neighbours = [before, after].filter((address) => address !== undefined)
    for (const address of neighbours) expect(isPublicAddress(address), address).toBe(true)
  })

  it.each([
    ['mapped', '::ffff:8.8.8.8'],
    ['mapped, in hex', '::ffff:808:808'],
    ['mapped, written out', '0:0:0:0:0:ffff:0808:0808'],
    ['compatible', '::8.8.8.8'],
    ['translated (SIIT)', '::ffff:0:8.8.8.8'],
    ['NAT64', '64:ff9b::8.8.8.8'],
    ['local NAT64', '64:ff9b:1::8.8.8.8'],
    ['6to4', '2002:808:808::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ])('refuses IPv4 within IPv6 even when it is public: %s', (_name, address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each(['fe80::1', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '100::1', '5f00::1'])(
    'refuses %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(false)
    },
  )

  it.each([
    ['nothing', ''],
    ['a name', 'example.com'],
    ['a zone on a public address', '2606:4700::1%eth0'],
    ['a zone', 'fe80::1%1'],
    ['brackets', '[2606:4700::1]'],
    ['a short form', '8.8'],
    ['a number', '134744072'],
    ['octal', '010.8.8.8'],
    ['a prefix', '8.8.8.8/32'],
    ['a blank', ' 8.8.8.8'],
  ])('refuses what is no plain address: %s', (_name, text) => {
    expect(isPublicAddress(text)).toBe(false)
  })

  it.each(['1.1.1.1', '8.8.8.8', '93.184.215.14', '2606:4700:4700::1111', '2A00:1450:4001:82A::200E'])(
    'takes %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
})
