import { describe, expect, it } from 'vitest'
import { covers, groupsOf, withPattern } from './event-types.ts'

describe('a pattern of event types', () => {
  it('covers itself, what begins like it up to the dot, and everything where it is a star', () => {
    expect(covers('profile.created', 'profile.created')).toBe(true)
    expect(covers('profile.*', 'profile.created')).toBe(true)
    expect(covers('*', 'profile.*')).toBe(true)
    expect(covers('profile.*', 'profile_list.created')).toBe(false)
    expect(covers('profile.created', 'profile.*')).toBe(false)
    expect(covers('profile.*', '*')).toBe(false)
  })

  it('takes the place of those that it covers, and of no others', () => {
    const patterns = ['profile.created', 'wallet.created', 'profile_list.*']
    expect(withPattern(patterns, 'profile.*')).toEqual(['wallet.created', 'profile_list.*', 'profile.*'])
    expect(withPattern(patterns, '*')).toEqual(['*'])
    expect(withPattern(['*'], '*')).toEqual(['*'])
  })
})

describe('groupsOf', () => {
  it('keeps the order of the catalogue, between groups and within', () => {
    const types = ['wallet.created', 'profile.updated', 'wallet.closed', 'profile_list.created'].map((type) => ({
      type,
    }))
    expect(groupsOf(types).map(({ name, pattern, types: members }) => [name, pattern, members.length])).toEqual([
      ['wallet', 'wallet.*', 2],
      ['profile', 'profile.*', 1],
      ['profile_list', 'profile_list.*', 1],
    ])
  })
})
