import type { Db } from './db.ts'

/** Takes the turn of an app at some work until the transaction ends; false when another one has it. */
export async function tryTurn(ctx: { readonly db: Db; readonly appId: string }, work: string): Promise<boolean> {
  const text = `select pg_try_advisory_xact_lock(hashtextextended($2::text || ' ' || $1::uuid::text, 0)) as ours`
  const [row] = await ctx.db.query<{ ours: boolean }>(text, [ctx.appId, work])
  return row?.ours ?? false
}
