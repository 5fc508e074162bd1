import type { Db } from '../db.ts'
import { leastId } from '../ids.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** What a mark awaits until somebody has looked which transactions may not know of it: more than there can ever be. */
const everything = `'18446744073709551615'::xid8`

/** The apps in which a mark is to be counted, or may be appended: `size` live profiles or more have none. */
export async function selectAppsToMark(ctx: { readonly db: Db }, size: number): Promise<string[]> {
  const text = `
    select c.app_id as "appId" from (select app_id, sum(live) as live from profile_counts group by app_id) c
    left join (select app_id, sum(live) as live, count(awaits) as uncounted from profile_marks group by app_id) m
      on m.app_id = c.app_id
    where c.live - coalesce(m.live, 0) >= $1 or m.uncounted > 0`
  return (await ctx.db.query<{ appId: string }>(text, [size])).map((row) => row.appId)
}

export async function selectMarkedApps(ctx: { readonly db: Db }): Promise<string[]> {
  const rows = await ctx.db.query<{ appId: string }>('select distinct app_id as "appId" from profile_marks', [])
  return rows.map((row) => row.appId)
}

const appendText = `
  insert into profile_marks (app_id, from_id, to_id, live, awaits)
  select $1, last.to_id, own.id, 0, ${everything}
  from (
    select coalesce((select to_id from profile_marks where app_id = $1 order by from_id desc limit 1), '${leastId}') as to_id
  ) last cross join lateral (
    select id from profiles where app_id = $1 and deleted_at is null and id > last.to_id and id < $2
    order by id offset $3::bigint - 1 limit 1
  ) own
  on conflict do nothing returning to_id`

/**
 * Appends a mark over the next `size` live profiles with ids below `before`, not counted yet: deletes take from it as soon as they
 * see it. False when there are fewer, or another process was quicker.
 */
export async function appendMark(ctx: InApp, before: string, size: number): Promise<boolean> {
  return (await ctx.db.query(appendText, [ctx.appId, before, size])).length === 1
}

/**
 * Notes with the marks that are there what their counting has to wait for. The transaction id is drawn when they are committed: a
 * delete that does not see them has a lower one. On Citus it is of the node that has the app's rows, as the snapshot below is.
 */
export async function noteAwaited(ctx: InApp): Promise<void> {
  const [last] = await ctx.db.query<{ fromId: string; xact: string }>(
    `select from_id as "fromId", pg_current_xact_id()::text as xact from profile_marks
     where app_id = $1 and awaits is not null order by from_id desc limit 1`,
    [ctx.appId],
  )
  if (last === undefined) return
  // A higher one than this is nobody's, or of a server that the database was moved from.
  const text = 'update profile_marks set awaits = $3::xid8 where app_id = $1 and from_id <= $2 and awaits > $3::xid8'
  await ctx.db.query(text, [ctx.appId, last.fromId, last.xact])
}

// One snapshot for the profiles and for what deletes have taken. The first one only, so that those that are counted have
// no gap.
const missingText = `
  select m.from_id as "fromId", m.awaits::text as awaits, (
    select count(*) from profiles where app_id = $1 and deleted_at is null and id > m.from_id and id <= m.to_id
  ) - m.live as missing
  from (select * from profile_marks where app_id = $1 and awaits is not null order by from_id limit 1) m
  where m.awaits <= pg_snapshot_xmin(pg_current_snapshot())`

/** Counts the first mark that is not; false when there is none, or transactions that it awaits are not over. */
export async function countMark(ctx: InApp): Promise<boolean> {
  type Missing = { fromId: string; awaits: string; missing: string }
  const [mark] = await ctx.db.query<Missing>(missingText, [ctx.appId])
  if (mark === undefined) return false
  // What was missing stays the same, however many are deleted meanwhile; whoever is second finds nothing to add.
  await ctx.db.query(
    `update profile_marks set live = live + $4, awaits = null
     where app_id = $1 and from_id = $2 and awaits = $3::xid8`,
    [ctx.appId, mark.fromId, mark.awaits, mark.missing],
  )
  return true
}

/** By how many the marks and the profiles behind them differ from the total, 0 unless all marks are counted. */
export async function selectMiscount(ctx: InApp): Promise<number> {
  const [row] = await ctx.db.query<{ off: string }>(
    `select (select sum(live) from profile_counts where app_id = $1) - (select sum(live) from profile_marks where app_id = $1) - (
       select count(*) from profiles where app_id = $1 and deleted_at is null and id > last.to_id
     ) as off
     from (select to_id from profile_marks where app_id = $1 order by from_id desc limit 1) last
     where not exists (select from profile_marks where app_id = $1 and awaits is not null)`,
    [ctx.appId],
  )
  return Number(row?.off ?? 0)
}

/** Lets all marks be counted anew. */
export async function uncountMarks(ctx: InApp): Promise<void> {
  await ctx.db.query(`update profile_marks set awaits = ${everything} where app_id = $1`, [ctx.appId])
}
