import type { Scope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import type { Member, Role } from './operators.types.ts'

const viewer: readonly Scope[] = ['profiles:read', 'events:read']
const developer: readonly Scope[] = [
  ...viewer,
  'profiles:write',
  'wallets:write',
  'keys:manage',
  'webhooks:manage',
  'outbox:read',
]
const admin: readonly Scope[] = [...developer, 'organization:manage']

const scopesByRole: Readonly<Record<Role, readonly Scope[]>> = { viewer, developer, admin, owner: admin }

/** What a role lets its holder do in the apps of the organization. */
export function scopesOf(role: Role): readonly Scope[] {
  return scopesByRole[role]
}

/** Throws `role_forbidden` when somebody who is no owner gives the role of an owner, or takes it. */
export function requireMayGive(giver: Role, ...given: readonly Role[]): void {
  if (giver !== 'owner' && given.includes('owner')) throw new DomainFault({ code: 'role_forbidden' })
}

/** Throws `last_owner` when the organization would be without an owner, if this member were none. */
export function requireOtherOwner(members: readonly Pick<Member, 'id' | 'role'>[], id: string): void {
  const others = members.filter((member) => member.role === 'owner' && member.id !== id)
  if (others.length === 0) throw new DomainFault({ code: 'last_owner' })
}
