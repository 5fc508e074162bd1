import type { Db } from '../db.ts'
import { leastId } from '../ids.ts'

type InApp = { readonly db: Db; readonly appId: string }

/**
 * Up to each mark's `to_id`, how many live profiles there are (`through`); $1 is the app. A window without a frame takes in all rows
 * of one id: a mark's own profile may have departed.
 */
export const marksText = `
  select id as to_id, through from (
    select id, is_mark, sum(change) over (order by id) as through from (
      select to_id as id, live as change, true as is_mark from profile_marks where app_id = $1
      union all select profile_id, -1, false from profile_departures where app_id = $1
    ) changes
  ) sums where is_mark`

/** The apps with something to do: profiles have departed, or `size` or more have no mark. */
export async function selectAppsToMark(ctx: { readonly db: Db }, size: number): Promise<string[]> {
  const text = `
    select c.app_id as "appId" from (select app_id, sum(live) as live from profile_counts group by app_id) c
    left join (select app_id, sum(live) as live from profile_marks group by app_id) m on m.app_id = c.app_id
    where c.live - coalesce(m.live, 0) >= $1
    union select app_id from profile_departures`
  return (await ctx.db.query<{ appId: string }>(text, [size])).map((row) => row.appId)
}

export async function selectMarkedApps(ctx: { readonly db: Db }): Promise<string[]> {
  const rows = await ctx.db.query<{ appId: string }>('select distinct app_id as "appId" from profile_marks', [])
  return rows.map((row) => row.appId)
}

/** Whether the transaction alone may change the app's marks from now on. On Citus the lock is the coordinator's. */
export async function lockMarks(ctx: InApp): Promise<boolean> {
  const text = `select pg_try_advisory_xact_lock(hashtextextended('profile marks ' || $1, 0)) as locked`
  const [row] = await ctx.db.query<{ locked: boolean }>(text, [ctx.appId])
  return row?.locked === true
}

/** Takes at most `limit` departures from the marks above them, if there are any, and forgets them; gives how many. */
export async function settleDepartures(ctx: InApp, limit: number): Promise<number> {
  const [row] = await ctx.db.query<{ settled: number }>(
    `with settled as (
       delete from profile_departures where app_id = $1 and profile_id in (
         select profile_id from profile_departures where app_id = $1 order by profile_id limit $2
       ) returning profile_id
     ), lost as (
       select (
         select to_id from profile_marks where app_id = $1 and to_id >= s.profile_id order by to_id limit 1
       ) as to_id, count(*) as profiles
       from settled s group by 1
     ), told as (
       update profile_marks m set live = m.live - lost.profiles from lost where m.app_id = $1 and m.to_id = lost.to_id
     )
     select count(*)::integer as settled from settled`,
    [ctx.appId, limit],
  )
  return row?.settled ?? 0
}

/** Appends a mark over the next `size` live profiles with ids below `before`; false when there are fewer. */
export async function appendMark(ctx: InApp, before: string, size: number): Promise<boolean> {
  const rows = await ctx.db.query(
    `insert into profile_marks (app_id, to_id, live)
     select $1, own.id, $3::integer + (
       select count(*) from profile_departures where app_id = $1 and profile_id > last.to_id and profile_id <= own.id
     )
     from (
       select coalesce((select to_id from profile_marks where app_id = $1 order by to_id desc limit 1), '${leastId}') as to_id
     ) last cross join lateral (
       select id from profiles where app_id = $1 and deleted_at is null and id > last.to_id and id < $2
       order by id offset $3::integer - 1 limit 1
     ) own
     returning to_id`,
    [ctx.appId, before, size],
  )
  return rows.length === 1
}

/** By how many the marks and the profiles behind the last one differ from the total. */
export async function selectMiscount(ctx: InApp): Promise<number> {
  const [row] = await ctx.db.query<{ off: string }>(
    `select (select sum(live) from profile_counts where app_id = $1) - last.through - (
       select count(*) from profiles where app_id = $1 and deleted_at is null and id > last.to_id
     ) as off
     from (select * from (${marksText}) m order by to_id desc limit 1) last`,
    [ctx.appId],
  )
  return Number(row?.off ?? 0)
}

export async function deleteMarks(ctx: InApp): Promise<void> {
  await ctx.db.query('delete from profile_marks where app_id = $1', [ctx.appId])
}
