import { type Db, firstRows } from '../db.ts'

type HasDb = { readonly db: Db }

/** A row of the outbox; `sealed` holds the mail. */
export interface OutboxRow {
  readonly id: string
  readonly sealed: Buffer
  readonly createdAt: Date
}

const columns = 'id, sealed, created_at as "createdAt"'

/** Counts one mail to a recipient in an hour, unless there were `most` already; gives whether it was counted. */
export async function countMail(
  ctx: HasDb,
  appId: string,
  { recipient, hour, most }: { readonly recipient: Buffer; readonly hour: Date; readonly most: number },
): Promise<boolean> {
  const rows = await ctx.db.query(
    `insert into mail_counts (app_id, recipient, hour, mails) values ($1, $2, $3, 1)
     on conflict (app_id, recipient, hour) do update set mails = mail_counts.mails + 1 where mail_counts.mails < $4
     returning mails`,
    [appId, recipient, hour, most],
  )
  return rows.length > 0
}

export async function insertOutboxRow(ctx: HasDb, appId: string, row: OutboxRow): Promise<void> {
  await ctx.db.query('insert into outbox (app_id, id, sealed, created_at) values ($1, $2, $3, $4)', [
    appId,
    row.id,
    row.sealed,
    row.createdAt,
  ])
}

/** The rows of the app, the newest first, from below the id `before` on. */
export function selectOutbox(
  ctx: HasDb,
  appId: string,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<OutboxRow[]> {
  const text = firstRows(`select ${columns} from outbox where app_id = $1 and id < $2 order by id desc`, limit, '$3')
  return ctx.db.query<OutboxRow>(text, [appId, before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff', limit])
}

export async function selectOutboxRow(ctx: HasDb, appId: string, id: string): Promise<OutboxRow | undefined> {
  const [row] = await ctx.db.query<OutboxRow>(`select ${columns} from outbox where app_id = $1 and id = $2`, [
    appId,
    id,
  ])
  return row
}

/** Removes at most `limit` rows of the app's outbox that were written before the instant; gives how many went. */
export async function deleteOutboxRows(ctx: HasDb, appId: string, before: Date, limit: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from outbox where app_id = $1 and id in (
       select id from outbox where app_id = $1 and created_at < $2 order by created_at limit $3
     ) returning id`,
    [appId, before, limit],
  )
  return rows.length
}

/** Removes at most `limit` counts of the app of hours before the one given; gives how many went. */
export async function deleteMailCounts(ctx: HasDb, appId: string, before: Date, limit: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from mail_counts where app_id = $1 and (recipient, hour) in (
       select recipient, hour from mail_counts where app_id = $1 and hour < $2 limit $3
     ) returning hour`,
    [appId, before, limit],
  )
  return rows.length
}
