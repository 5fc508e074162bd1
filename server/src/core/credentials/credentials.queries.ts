import type { Db } from '../db.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** The password of a profile, as it is stored. */
export interface StoredPassword {
  readonly hash: string
  /** Of the passwords before, the newest first. */
  readonly previousHashes: readonly string[]
  readonly changedAt: Date
}

/** Whom a login name may mean, and the hash of their password; null where none is set. */
export interface LoginCandidate {
  readonly profileId: string
  readonly hash: string | null
}

// A mailbox that was proved counts more than a username, which others may have made of that very address; an e-mail that
// was not proved counts less.
const candidateText = `
  select p.id as "profileId", c.password_hash as hash
  from profiles p left join credentials c on c.app_id = $1 and c.profile_id = p.id
  where p.app_id = $1 and (p.username_folded = $2 or p.email_folded = $2) and p.deleted_at is null
  order by (coalesce(p.email_folded = $2, false) and p.email_verified_at is not null) desc,
    coalesce(p.username_folded = $2, false) desc
  limit 1`

/** The live profile that a folded username or e-mail means. */
export async function selectLoginCandidate(ctx: InApp, foldedName: string): Promise<LoginCandidate | undefined> {
  const [row] = await ctx.db.query<LoginCandidate>(candidateText, [ctx.appId, foldedName])
  return row
}

export async function selectPassword(ctx: InApp, profileId: string): Promise<StoredPassword | undefined> {
  const [row] = await ctx.db.query<StoredPassword>(
    `select password_hash as hash, previous_hashes as "previousHashes", changed_at as "changedAt"
     from credentials where app_id = $1 and profile_id = $2`,
    [ctx.appId, profileId],
  )
  return row
}

/** Stores the password of a profile that has just been made. */
export async function insertPassword(ctx: InApp, profileId: string, hash: string, at: Date): Promise<void> {
  await ctx.db.query(
    'insert into credentials (app_id, profile_id, password_hash, changed_at, imported) values ($1, $2, $3, $4, false)',
    [ctx.appId, profileId, hash, at],
  )
}

/** Stores a hash that was brought along. False when a password was set here meanwhile, which stays. */
export async function upsertImportedPassword(ctx: InApp, profileId: string, hash: string, at: Date): Promise<boolean> {
  const rows = await ctx.db.query(
    `insert into credentials (app_id, profile_id, password_hash, changed_at, imported) values ($1, $2, $3, $4, true)
     on conflict (app_id, profile_id) do update
       set password_hash = excluded.password_hash, changed_at = excluded.changed_at
       where credentials.imported
     returning profile_id`,
    [ctx.appId, profileId, hash, at],
  )
  return rows.length === 1
}

/** Puts a new password in the place of the one whose hash is given. False when that is no longer the present one. */
export async function replacePassword(
  ctx: InApp,
  profileId: string,
  before: string,
  password: StoredPassword,
): Promise<boolean> {
  const rows = await ctx.db.query(
    `update credentials set password_hash = $4, previous_hashes = $5, changed_at = $6, imported = false
     where app_id = $1 and profile_id = $2 and password_hash = $3 returning profile_id`,
    [ctx.appId, profileId, before, password.hash, password.previousHashes, password.changedAt],
  )
  return rows.length === 1
}

/** Puts a better hash of the same password in the place of the given one. False when that is no longer the present one. */
export async function upgradeHash(ctx: InApp, profileId: string, before: string, hash: string): Promise<boolean> {
  const rows = await ctx.db.query(
    `update credentials set password_hash = $4 where app_id = $1 and profile_id = $2 and password_hash = $3
     returning profile_id`,
    [ctx.appId, profileId, before, hash],
  )
  return rows.length === 1
}

/** Gives the password of one profile, if it has one, to another, which must have none. */
export async function movePassword(ctx: InApp, from: string, to: string): Promise<void> {
  const text = 'update credentials set profile_id = $3 where app_id = $1 and profile_id = $2'
  await ctx.db.query(text, [ctx.appId, from, to])
}

export async function deletePassword(ctx: InApp, profileId: string): Promise<void> {
  await ctx.db.query('delete from credentials where app_id = $1 and profile_id = $2', [ctx.appId, profileId])
}
