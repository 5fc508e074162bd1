import type { Db } from '../db.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** The changes that were counted since the first of them. */
export interface CountedChanges {
  readonly beganAt: Date
  readonly changes: number
}

export async function selectChanges(ctx: InApp, profileId: string): Promise<CountedChanges | undefined> {
  const text = `select began_at as "beganAt", changes from own_changes where app_id = $1 and profile_id = $2`
  const [row] = await ctx.db.query<CountedChanges>(text, [ctx.appId, profileId])
  return row
}

/**
 * Counts one change more, anew when the first one came at or before `over`; false when there were `most` already. Others who count for
 * the profile wait until the transaction ends.
 */
export async function countChange(
  ctx: InApp,
  profileId: string,
  { now, over, most }: { readonly now: Date; readonly over: Date; readonly most: number },
): Promise<boolean> {
  const rows = await ctx.db.query(
    `insert into own_changes (app_id, profile_id, began_at, changes) values ($1, $2, $3, 1)
     on conflict (app_id, profile_id) do update
       set began_at = case when own_changes.began_at <= $4 then excluded.began_at else own_changes.began_at end,
         changes = case when own_changes.began_at <= $4 then 1 else own_changes.changes + 1 end
       where own_changes.began_at <= $4 or own_changes.changes < $5
     returning changes`,
    [ctx.appId, profileId, now, over, most],
  )
  return rows.length === 1
}

export async function deleteChanges(ctx: InApp, profileId: string): Promise<void> {
  await ctx.db.query('delete from own_changes where app_id = $1 and profile_id = $2', [ctx.appId, profileId])
}

/** Removes at most `limit` counts of the app that began at or before the time; gives how many went. */
export async function deleteOldChanges(ctx: InApp, over: Date, limit: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from own_changes where app_id = $1 and profile_id in (
       select profile_id from own_changes where app_id = $1 and began_at <= $2 order by began_at limit $3
     ) and began_at <= $2 returning profile_id`,
    [ctx.appId, over, limit],
  )
  return rows.length
}
