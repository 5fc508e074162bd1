import { describe, expect, it } from 'vitest'
import { attemptsLeft, countedAddress, lockedForMs } from './login-failures.rules.ts'

const now = new Date('2030-01-01T12:00:00Z')
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)

describe('lockedForMs', () => {
  it('locks from the tenth on, for 30 minutes from the last', () => {
    expect(lockedForMs({ failures: 9, lastAt: now }, now)).toBeUndefined()
    expect(lockedForMs({ failures: 10, lastAt: now }, now)).toBe(1_800_000)
    expect(lockedForMs({ failures: 25, lastAt: minutesAgo(29) }, now)).toBe(60_000)
    expect(lockedForMs({ failures: 10, lastAt: minutesAgo(30) }, now)).toBeUndefined()
  })

  it('leaves nine tries after the first failure, and none below zero', () => {
    expect([1, 9, 10, 12].map((failures) => attemptsLeft({ failures, lastAt: now }))).toEqual([9, 1, 0, 0])
  })
})

describe('countedAddress', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['not an address', 'not an address'],
    ['x'.repeat(200), 'x'.repeat(64)],
  ])('counts %s as %s', (address, counted) => {
    expect(countedAddress(address)).toBe(counted)
  })
})
