import type { Db } from '../db.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** The hashes among these that may be put on no profile. */
export async function selectSuppressed(ctx: InApp, hashes: readonly Buffer[]): Promise<Buffer[]> {
  const text = 'select hash from suppressions where app_id = $1 and hash = any($2::bytea[])'
  return (await ctx.db.query<{ hash: Buffer }>(text, [ctx.appId, hashes])).map((row) => row.hash)
}

/** Keeps the hashes from every profile from now on; those that are kept already stay. */
export async function insertSuppressions(ctx: InApp, hashes: readonly Buffer[], at: Date): Promise<void> {
  await ctx.db.query(
    `insert into suppressions (app_id, hash, created_at) select $1, hash, $3 from unnest($2::bytea[]) as hash
     on conflict do nothing`,
    [ctx.appId, hashes, at],
  )
}
