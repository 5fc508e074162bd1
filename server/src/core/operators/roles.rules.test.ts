import { describe, expect, it } from 'vitest'
import { scopes } from '../context.ts'
import { roles } from './operators.types.ts'
import { requireMayGive, requireOtherOwner, scopesOf } from './roles.rules.ts'

describe('the scopes of a role', () => {
  it('grow from role to role, and those of an admin are all there are', () => {
    for (const [index, role] of roles.entries()) {
      const before = index === 0 ? [] : scopesOf(roles[index - 1] ?? role)
      expect(scopesOf(role)).toEqual(expect.arrayContaining([...before]))
    }
    expect([...scopesOf('admin')].toSorted()).toEqual([...scopes].toSorted())
    expect(scopesOf('owner')).toEqual(scopesOf('admin'))
  })

  it('let a viewer read and nothing else', () => {
    expect(scopesOf('viewer').every((scope) => scope.endsWith(':read'))).toBe(true)
    expect(scopesOf('viewer')).not.toContain('outbox:read')
  })
})

describe('the role of an owner', () => {
  it('is given and taken by owners alone', () => {
    expect(() => requireMayGive('owner', 'owner', 'viewer')).not.toThrow()
    expect(() => requireMayGive('admin', 'developer', 'admin')).not.toThrow()
    expect(() => requireMayGive('admin', 'viewer', 'owner')).toThrow('role_forbidden')
    expect(() => requireMayGive('admin', 'owner', 'viewer')).toThrow('role_forbidden')
  })

  it('stays with one member at least', () => {
    const members = [
      { id: 'a', role: 'owner' },
      { id: 'b', role: 'admin' },
    ] as const
    expect(() => requireOtherOwner(members, 'a')).toThrow('last_owner')
    expect(() => requireOtherOwner([...members, { id: 'c', role: 'owner' }], 'a')).not.toThrow()
  })
})
