import type { Db } from '../db.ts'
import type { LinkKind } from './links.rules.ts'
import type { Role } from './operators.types.ts'

type HasDb = { readonly db: Db }

/** A one-time link as it is stored, without its token. */
export interface Link {
  readonly id: string
  readonly kind: LinkKind
  readonly organizationId: string | null
  readonly email: string | null
  readonly role: Role | null
  readonly createdAt: Date
  readonly expiresAt: Date
}

const columns =
  'id, kind, organization_id as "organizationId", email, role, created_at as "createdAt", expires_at as "expiresAt"'

/** Makes a link; of open invitations to one person, and of open resets of one password, the new one takes the place of the old. */
export async function insertLink(ctx: HasDb, link: Link, tokenHash: Buffer): Promise<void> {
  await ctx.db.query(
    `delete from auth.links where used_at is null and kind = $1 and organization_id is not distinct from $2 and email = $3`,
    [link.kind, link.organizationId, link.email],
  )
  await ctx.db.query(
    `insert into auth.links (id, token_hash, kind, organization_id, email, role, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [link.id, tokenHash, link.kind, link.organizationId, link.email, link.role, link.createdAt, link.expiresAt],
  )
}

/** The link of a token that can still be used. */
export async function selectOpenLink(ctx: HasDb, tokenHash: Buffer, now: Date): Promise<Link | undefined> {
  const [row] = await ctx.db.query<Link>(
    `select ${columns} from auth.links where token_hash = $1 and used_at is null and expires_at > $2`,
    [tokenHash, now],
  )
  return row
}

/** Uses a link up; false when another request did before. For a transaction: whoever comes second waits for its end. */
export async function useLink(ctx: HasDb, id: string, now: Date): Promise<boolean> {
  const rows = await ctx.db.query(
    'update auth.links set used_at = $2 where id = $1 and used_at is null and expires_at > $2 returning id',
    [id, now],
  )
  return rows.length === 1
}

/** The open invitations to an organization, the newest first. */
export function selectInvitations(ctx: HasDb, organizationId: string, now: Date): Promise<Link[]> {
  return ctx.db.query<Link>(
    `select ${columns} from auth.links
     where kind = 'invitation' and organization_id = $1 and used_at is null and expires_at > $2 order by id desc`,
    [organizationId, now],
  )
}

/** Withdraws an open invitation; false when there is none. */
export async function deleteInvitation(ctx: HasDb, organizationId: string, id: string, now: Date): Promise<boolean> {
  const rows = await ctx.db.query(
    `delete from auth.links where id = $2 and kind = 'invitation' and organization_id = $1 and used_at is null
       and expires_at > $3 returning id`,
    [organizationId, id, now],
  )
  return rows.length === 1
}

/** Removes links that nobody can use any more. */
export async function deleteEndedLinks(ctx: HasDb, now: Date): Promise<void> {
  await ctx.db.query('delete from auth.links where expires_at <= $1', [now])
}
