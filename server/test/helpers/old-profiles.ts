import type { Ctx } from '../../src/core/context.ts'

/** Adds profiles to a new app that were made in November 2023, one a millisecond, and gives their ids in that order. */
export async function addOldProfiles(ctx: Pick<Ctx, 'db' | 'appId'>, count: number): Promise<string[]> {
  const rows = await ctx.db.query<{ id: string }>(
    `insert into profiles (app_id, id, uid, long_id, number, created_at, updated_at, type)
     select $1, rpad(lpad(to_hex(1700000000000 + n), 12, '0') || '7', 32, '0')::uuid, 100000000000 + n,
       17000000000000000000 + n, n, to_timestamp(1700000000 + n / 1000.0), to_timestamp(1700000000 + n / 1000.0), 'User'
     from generate_series(1, $2::int) n returning id`,
    [ctx.appId, count],
  )
  await ctx.db.query('insert into profile_counts (app_id, slot, live) values ($1, 0, $2)', [ctx.appId, count])
  return rows.map(({ id }) => id).sort()
}
