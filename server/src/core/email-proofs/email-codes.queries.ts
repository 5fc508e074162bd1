import type { Db } from '../db.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** A code that was mailed: not itself, but what it is compared by. */
export interface StoredCode {
  readonly mailbox: string
  readonly checksum: Buffer
  readonly triesLeft: number
  readonly expiresAt: Date
}

/** Stores a code in the place of the profile's last one. */
export async function upsertCode(ctx: InApp, profileId: string, code: StoredCode): Promise<void> {
  await ctx.db.query(
    `insert into email_codes (app_id, profile_id, mailbox, checksum, tries_left, expires_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (app_id, profile_id) do update set mailbox = excluded.mailbox,
       checksum = excluded.checksum, tries_left = excluded.tries_left, expires_at = excluded.expires_at`,
    [ctx.appId, profileId, code.mailbox, code.checksum, code.triesLeft, code.expiresAt],
  )
}

export async function selectCode(ctx: InApp, profileId: string): Promise<StoredCode | undefined> {
  const [row] = await ctx.db.query<StoredCode>(
    `select mailbox, checksum, tries_left as "triesLeft", expires_at as "expiresAt"
     from email_codes where app_id = $1 and profile_id = $2`,
    [ctx.appId, profileId],
  )
  return row
}

export async function countWrongCode(ctx: InApp, profileId: string): Promise<void> {
  const text = 'update email_codes set tries_left = tries_left - 1 where app_id = $1 and profile_id = $2'
  await ctx.db.query(text, [ctx.appId, profileId])
}

/** Removes at most `limit` codes of the app that ended at or before the time; gives how many went. */
export async function deleteOldCodes(ctx: InApp, before: Date, limit: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from email_codes where app_id = $1 and profile_id in (
       select profile_id from email_codes where app_id = $1 and expires_at <= $2 order by expires_at limit $3
     ) and expires_at <= $2 returning profile_id`,
    [ctx.appId, before, limit],
  )
  return rows.length
}

export async function deleteCode(ctx: InApp, profileId: string): Promise<void> {
  await ctx.db.query('delete from email_codes where app_id = $1 and profile_id = $2', [ctx.appId, profileId])
}
