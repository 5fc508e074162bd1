import { isIPv6 } from 'node:net'

/** So many wrong passwords in a row end in a lock. */
const mostFailures = 10
/** How long a lock holds from the last wrong password, and how long one is remembered at all. */
export const lockMs = 30 * 60_000

/** How many wrong passwords there were of late, and when the last one came. */
export interface Failures {
  readonly failures: number
  readonly lastAt: Date
}

/** How long the account is still locked for the address; undefined when it is not. */
export function lockedForMs({ failures, lastAt }: Failures, now: Date): number | undefined {
  const leftMs = lastAt.getTime() + lockMs - now.getTime()
  return failures >= mostFailures && leftMs > 0 ? leftMs : undefined
}

/** How many wrong passwords are left before the lock. */
export function attemptsLeft({ failures }: Failures): number {
  return Math.max(0, mostFailures - failures)
}

/** The text by which an address is counted: of IPv6 the first 64 bits, since who has one address there has the others too. */
export function countedAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return address.slice(0, 64)
  const [head = '', tail] = bare.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  const groups = [...before, ...zeros, ...after].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
