import type { Db } from '../db.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** How far the app's feed was read, locked until the transaction ends; undefined when it was not begun. */
export async function lockEagerReading(ctx: InApp): Promise<number | undefined> {
  const [row] = await ctx.db.query<{ through: string }>(
    'select read_through as through from eager_wallets where app_id = $1 for update',
    [ctx.appId],
  )
  return row && Number(row.through)
}

/** Begins the reading behind a place in the feed, unless another process just did. */
export async function insertEagerReading(ctx: InApp, through: number): Promise<void> {
  await ctx.db.query('insert into eager_wallets (app_id, read_through) values ($1, $2) on conflict do nothing', [
    ctx.appId,
    through,
  ])
}

export async function moveEagerReading(ctx: InApp, through: number): Promise<void> {
  await ctx.db.query('update eager_wallets set read_through = $2 where app_id = $1', [ctx.appId, through])
}

export async function deleteEagerReading(ctx: InApp): Promise<void> {
  await ctx.db.query('delete from eager_wallets where app_id = $1', [ctx.appId])
}
