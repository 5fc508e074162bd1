import type { Db } from '../db.ts'
import { type AppIdentityRow, toAppIdentity } from '../organizations/organizations.service.ts'
import type { AppIdentity, AppMode } from '../organizations/organizations.types.ts'
import type { Operator, OperatorApp, Role } from './operators.types.ts'

type HasDb = { readonly db: Db }

/** The columns of an operator `o`, as an Operator has them. */
export const operatorColumns = `o.id, o.email, o.name, o.two_factor_enabled as "twoFactorEnabled", o.created_at as "createdAt"`

/** The operator of an address, with the hash of their password. */
export async function selectOperatorByEmail(
  ctx: HasDb,
  email: string,
): Promise<{ readonly operator: Operator; readonly passwordHash: string | null } | undefined> {
  const [row] = await ctx.db.query<Operator & { readonly passwordHash: string | null }>(
    `select ${operatorColumns}, a.password_hash as "passwordHash"
     from auth.operators o left join auth.accounts a on a.operator_id = o.id where o.email = $1`,
    [email],
  )
  if (row === undefined) return undefined
  const { passwordHash, ...operator } = row
  return { operator, passwordHash }
}

/** Whether the installation has an operator. */
export async function hasOperators(ctx: HasDb): Promise<boolean> {
  const [row] = await ctx.db.query<{ found: boolean }>('select exists (select from auth.operators) as found', [])
  return row?.found ?? false
}

/** For a transaction: nobody else makes an operator until it ends. */
export async function lockOperators(ctx: HasDb): Promise<void> {
  await ctx.db.query('lock table auth.operators in share row exclusive mode', [])
}

/** Makes an operator with a password; false when the address has one already. */
export async function insertOperator(
  ctx: HasDb,
  { id, email, name, createdAt }: Operator,
  { accountId, passwordHash }: { readonly accountId: string; readonly passwordHash: string },
): Promise<boolean> {
  const rows = await ctx.db.query(
    `insert into auth.operators (id, email, name, created_at, updated_at) values ($1, $2, $3, $4, $4)
     on conflict (email) do nothing returning id`,
    [id, email, name, createdAt],
  )
  if (rows.length === 0) return false
  await ctx.db.query(
    `insert into auth.accounts (id, operator_id, provider_id, account_id, password_hash, created_at, updated_at)
     values ($1, $2, 'credential', $2::uuid::text, $3, $4, $4)`,
    [accountId, id, passwordHash, createdAt],
  )
  return true
}

export async function updatePassword(ctx: HasDb, operatorId: string, passwordHash: string, now: Date): Promise<void> {
  await ctx.db.query('update auth.accounts set password_hash = $2, updated_at = $3 where operator_id = $1', [
    operatorId,
    passwordHash,
    now,
  ])
}

/** Switches the second factor off, and takes every passkey away. */
export async function deleteFactors(ctx: HasDb, operatorId: string): Promise<void> {
  await ctx.db.query('update auth.operators set two_factor_enabled = false where id = $1', [operatorId])
  await ctx.db.query('delete from auth.two_factors where operator_id = $1', [operatorId])
  await ctx.db.query('delete from auth.passkeys where operator_id = $1', [operatorId])
}

interface MembershipRow {
  readonly id: string
  readonly name: string
  readonly role: Role
}

/** The organizations that an operator belongs to. */
export function selectMemberships(ctx: HasDb, operatorId: string): Promise<MembershipRow[]> {
  return ctx.db.query<MembershipRow>(
    `select organizations.id, organizations.name, m.role from auth.memberships m
     join organizations on organizations.id = m.organization_id where m.operator_id = $1 order by organizations.id`,
    [operatorId],
  )
}

interface AppRow extends Omit<OperatorApp, 'number'> {
  readonly number: string
  readonly organizationId: string
}

/** The apps of the organizations that an operator belongs to, the oldest first. */
export async function selectOperatorApps(
  ctx: HasDb,
  operatorId: string,
): Promise<(OperatorApp & { readonly organizationId: string })[]> {
  const rows = await ctx.db.query<AppRow>(
    `select apps.id, number, name, mode, apps.organization_id as "organizationId", apps.created_at as "createdAt"
     from apps join auth.memberships m on m.organization_id = apps.organization_id
     where m.operator_id = $1 order by apps.id`,
    [operatorId],
  )
  return rows.map((row) => ({ ...row, number: Number(row.number), mode: row.mode as AppMode }))
}

/** What an operator is in one organization. */
export async function selectRole(ctx: HasDb, operatorId: string, organizationId: string): Promise<Role | undefined> {
  const [row] = await ctx.db.query<{ role: Role }>(
    'select role from auth.memberships where operator_id = $1 and organization_id = $2',
    [operatorId, organizationId],
  )
  return row?.role
}

/** An app of an organization that the operator belongs to, and what they are there. */
export async function selectOperatedApp(
  ctx: HasDb,
  operatorId: string,
  appId: string,
): Promise<{ readonly app: AppIdentity; readonly role: Role } | undefined> {
  const [row] = await ctx.db.query<AppIdentityRow & { readonly role: Role }>(
    `select apps.id as app_id, mode, settings, apps.organization_id, organizations.number as organization_number, m.role
     from apps join organizations on organizations.id = apps.organization_id
     join auth.memberships m on m.organization_id = apps.organization_id
     where m.operator_id = $1 and apps.id = $2`,
    [operatorId, appId],
  )
  return row && { app: toAppIdentity(row), role: row.role }
}

/** Every operator of the installation, with what they are where; one row an organization, or one without. */
export function selectAllOperators(
  ctx: HasDb,
): Promise<(Operator & { organizationId: string | null; organizationName: string | null; role: Role | null })[]> {
  return ctx.db.query(
    `select ${operatorColumns}, organizations.id as "organizationId", organizations.name as "organizationName", m.role
     from auth.operators o left join auth.memberships m on m.operator_id = o.id
     left join organizations on organizations.id = m.organization_id order by o.id, organizations.id`,
    [],
  )
}
