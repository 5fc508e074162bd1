import type { Db } from '../db.ts'
import { operatorColumns } from './operators.queries.ts'
import type { Member, Role } from './operators.types.ts'

type HasDb = { readonly db: Db }

const memberColumns = `${operatorColumns.replace('o.created_at', 'm.created_at')}, m.role`

/** The members of an organization, the oldest first. */
export function selectMembers(ctx: HasDb, organizationId: string): Promise<Member[]> {
  return ctx.db.query<Member>(
    `select ${memberColumns} from auth.memberships m join auth.operators o on o.id = m.operator_id
     where m.organization_id = $1 order by m.created_at, o.id`,
    [organizationId],
  )
}

/** The same, locked until the transaction ends, in one order: who changes one of them waits for whoever changes another. */
export function selectMembersForUpdate(ctx: HasDb, organizationId: string): Promise<Member[]> {
  return ctx.db.query<Member>(
    `select ${memberColumns} from auth.memberships m join auth.operators o on o.id = m.operator_id
     where m.organization_id = $1 order by m.operator_id for update of m`,
    [organizationId],
  )
}

/** Makes an operator a member; false when they are one already. */
export async function insertMembership(
  ctx: HasDb,
  membership: {
    readonly organizationId: string
    readonly operatorId: string
    readonly role: Role
    readonly createdAt: Date
  },
): Promise<boolean> {
  const rows = await ctx.db.query(
    `insert into auth.memberships (organization_id, operator_id, role, created_at) values ($1, $2, $3, $4)
     on conflict do nothing returning role`,
    [membership.organizationId, membership.operatorId, membership.role, membership.createdAt],
  )
  return rows.length === 1
}

export async function updateRole(ctx: HasDb, organizationId: string, operatorId: string, role: Role): Promise<void> {
  await ctx.db.query('update auth.memberships set role = $3 where organization_id = $1 and operator_id = $2', [
    organizationId,
    operatorId,
    role,
  ])
}

export async function deleteMembership(ctx: HasDb, organizationId: string, operatorId: string): Promise<void> {
  await ctx.db.query('delete from auth.memberships where organization_id = $1 and operator_id = $2', [
    organizationId,
    operatorId,
  ])
}
