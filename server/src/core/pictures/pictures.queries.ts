import type { Db } from '../db.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** A picture whose files may be there. */
export interface StoredPicture {
  readonly id: string
  readonly profileId: string
  readonly digest: string
  readonly contentHash: Buffer
}

/** Notes a picture before its files are written: they are removed at the time, unless a profile shows it by then. */
export async function insertPicture(ctx: InApp, picture: StoredPicture, removeAfter: Date): Promise<void> {
  const { id, profileId, digest, contentHash } = picture
  await ctx.db.query(
    `insert into pictures (app_id, id, profile_id, digest, content_hash, remove_after) values ($1, $2, $3, $4, $5, $6)`,
    [ctx.appId, id, profileId, digest, contentHash, removeAfter],
  )
}

/** The content of the picture that a profile shows. */
export async function selectShownContent(ctx: InApp, profileId: string): Promise<Buffer | undefined> {
  const [row] = await ctx.db.query<{ hash: Buffer }>(
    'select content_hash as hash from pictures where app_id = $1 and profile_id = $2 and remove_after is null',
    [ctx.appId, profileId],
  )
  return row?.hash
}

/** Keeps a picture from now on. False when its time was up. */
export async function keepPicture(ctx: InApp, id: string, now: Date): Promise<boolean> {
  const rows = await ctx.db.query(
    'update pictures set remove_after = null where app_id = $1 and id = $2 and remove_after > $3 returning id',
    [ctx.appId, id, now],
  )
  return rows.length === 1
}

/** Has the picture that a profile shows removed at the time. One that is being uploaded keeps its own. */
export async function endShownPicture(ctx: InApp, profileId: string, removeAfter: Date): Promise<void> {
  await ctx.db.query(
    'update pictures set remove_after = $3 where app_id = $1 and profile_id = $2 and remove_after is null',
    [ctx.appId, profileId, removeAfter],
  )
}

/** Has a picture removed now that was noted with the given time and never shown. False for one that was, also if it is no more. */
export async function giveUpPicture(ctx: InApp, id: string, notedAt: Date, now: Date): Promise<boolean> {
  const rows = await ctx.db.query(
    'update pictures set remove_after = $4 where app_id = $1 and id = $2 and remove_after = $3 returning id',
    [ctx.appId, id, notedAt, now],
  )
  return rows.length === 1
}

/** Gives the picture that one profile shows to another. */
export async function moveShownPicture(ctx: InApp, from: string, to: string): Promise<void> {
  await ctx.db.query(
    'update pictures set profile_id = $3 where app_id = $1 and profile_id = $2 and remove_after is null',
    [ctx.appId, from, to],
  )
}

/** At most `limit` pictures of the app whose time is up, the oldest first. */
export function selectRemovable(ctx: InApp, now: Date, limit: number): Promise<Pick<StoredPicture, 'id' | 'digest'>[]> {
  return ctx.db.query<Pick<StoredPicture, 'id' | 'digest'>>(
    'select id, digest from pictures where app_id = $1 and remove_after <= $2 order by remove_after limit $3',
    [ctx.appId, now, limit],
  )
}

export async function deletePicture(ctx: InApp, id: string): Promise<void> {
  await ctx.db.query('delete from pictures where app_id = $1 and id = $2 and remove_after is not null', [ctx.appId, id])
}
