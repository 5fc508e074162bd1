import { type Ctx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { inTx } from '../transactions.ts'
import { deleteMembership, selectMembers, selectMembersForUpdate, updateRole } from './memberships.queries.ts'
import { selectMemberships } from './operators.queries.ts'
import type { Member, Role } from './operators.types.ts'
import { requireMayGive, requireOtherOwner, scopesOf } from './roles.rules.ts'
import { deleteSessions } from './sessions.queries.ts'

const needed = 'organization:manage'

/**
 * Throws `scope_missing`, and `app_mode_forbidden` for the key of a sandbox app: members work in live apps too, and whoever has the key
 * could let themselves in as one.
 */
export function requireManager(ctx: Ctx): void {
  requireScope(ctx, needed)
  if (ctx.actor.kind !== 'operator' && ctx.appMode !== 'live') throw new DomainFault({ code: 'app_mode_forbidden' })
}

/** The operators of the app's organization, who joined first first. Throws what `requireManager` throws. */
export async function listMembers(ctx: Ctx): Promise<Member[]> {
  requireManager(ctx)
  return selectMembers(ctx, ctx.organizationId)
}

/**
 * Gives a member another role; what they may do changes with their next request. Throws `operator_not_found`, `role_forbidden`,
 * `last_owner`, and what `requireManager` throws.
 */
export async function changeRole(ctx: Ctx, id: string, role: Role): Promise<Member> {
  requireManager(ctx)
  return inTx(ctx, async (tx) => {
    const { members, actorRole } = await lockMembers(tx)
    const member = memberOf(members, id)
    if (member.role === role) return member
    requireMayGive(actorRole, member.role, role)
    if (member.role === 'owner') requireOtherOwner(members, id)
    await updateRole(tx, tx.organizationId, id, role)
    return { ...member, role }
  })
}

/**
 * Takes a member out of the organization; who is in none any more is signed out everywhere. Throws `operator_not_found`,
 * `role_forbidden`, `last_owner`, and what `requireManager` throws.
 */
export async function removeMember(ctx: Ctx, id: string): Promise<void> {
  requireManager(ctx)
  await inTx(ctx, async (tx) => {
    const { members, actorRole } = await lockMembers(tx)
    const member = memberOf(members, id)
    requireMayGive(actorRole, member.role)
    if (member.role === 'owner') requireOtherOwner(members, id)
    await deleteMembership(tx, tx.organizationId, id)
    if ((await selectMemberships(tx, id)).length === 0) await deleteSessions(tx, id)
  })
}

/**
 * Inside a transaction: the members, whom nobody else changes until it ends, and what the actor is among them by now. Two owners who
 * demote each other at once do so in turn, and the second one is an owner no more. Throws `app_not_found` for who was removed
 * meanwhile, `scope_missing` for who was demoted.
 */
export async function lockMembers(tx: Ctx): Promise<{ members: readonly Member[]; actorRole: Role }> {
  const members = await selectMembersForUpdate(tx, tx.organizationId)
  // A key holds the scope from the command line, and is nobody's role: it is taken for an admin's.
  if (tx.actor.kind !== 'operator') return { members, actorRole: 'admin' }
  const role = members.find(({ id }) => id === tx.actor.id)?.role
  if (role === undefined) throw new DomainFault({ code: 'app_not_found' })
  if (!scopesOf(role).includes(needed)) throw new DomainFault({ code: 'scope_missing', scope: needed })
  return { members, actorRole: role }
}

function memberOf(members: readonly Member[], id: string): Member {
  const member = members.find((candidate) => candidate.id === id)
  if (member === undefined) throw new DomainFault({ code: 'operator_not_found' })
  return member
}
