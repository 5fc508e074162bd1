import { BlockList, isIP } from 'node:net'

/** All of the IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771), and what clouds keep beside them. */
const specialV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Formally public, yet the platform's own service on the virtual machines of one cloud.
  '168.63.129.16/32',
]

/** The one block of IPv6 that is given out for global unicast (IANA IPv6 Global Unicast Address Assignments). */
const globalV6 = '2000::/3'

/** What the IANA IPv6 Special-Purpose Address Registry has inside it: Teredo and ORCHID, documentation, 6to4, AS112. */
const specialV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

const notPublicV4 = blockList(specialV4, 'ipv4')
const givenOutV6 = blockList([globalV6], 'ipv6')
const notPublicV6 = blockList(specialV6, 'ipv6')

/**
 * True for an address that stands for a host on the public internet. Everything else is false: text that is no address,
 * zone ids, and in IPv6 every block but 2000::/3, so also what carries an IPv4 address (mapped, compatible, NAT64).
 * A special block is refused even where its registry calls it globally reachable: nobody receives webhooks there.
 * Source: https://www.iana.org/assignments/iana-ipv4-special-registry,
 * https://www.iana.org/assignments/iana-ipv6-special-registry (RFC 6890).
 */
export function isPublicAddress(address: string): boolean {
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 4) return !notPublicV4.check(address, 'ipv4')
  return family === 6 && givenOutV6.check(address, 'ipv6') && !notPublicV6.check(address, 'ipv6')
}

function blockList(blocks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [network = '', bits] = block.split('/')
    list.addSubnet(network, Number(bits), family)
  }
  return list
}
