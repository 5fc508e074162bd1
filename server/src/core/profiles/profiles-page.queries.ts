import { type Db, firstRows } from '../db.ts'
import type { OffsetPage } from '../pagination.ts'
import { type ProfileRow, profileColumns, toProfile } from '../profile-row.ts'
import { countLive } from './profiles.queries.ts'
import type { Profile, ProfileOrder } from './profiles.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

const orderColumns = { createdAt: 'id', updatedAt: 'updated_at' } as const

/**
 * The order by as SQL, for a table alias. Ends in the id, so that it is total; a UUIDv7 begins with the time of creation. A key that
 * comes again orders nothing more, and is left out: there are few texts, since each is kept on every connection.
 */
export function orderText(order: readonly ProfileOrder[], alias: string): string {
  const keys = order.filter(({ by }, index) => order.findIndex((other) => other.by === by) === index)
  const end = keys.findIndex(({ by }) => by === 'createdAt')
  const used =
    end === -1
      ? [...keys, { by: 'createdAt' as const, descending: keys.at(-1)?.descending ?? false }]
      : keys.slice(0, end + 1)
  return used.map(({ by, descending }) => `${alias}.${orderColumns[by]}${descending ? ' desc' : ''}`).join(', ')
}

function pageText(take: number, order: readonly ProfileOrder[]): string {
  const ids = firstRows(
    `select i.id from profiles i where i.app_id = $1 and i.deleted_at is null and $2 < c.live
     order by ${orderText(order, 'i')} offset $2::bigint`,
    take,
    '$3',
  )
  return `
    with c as materialized (select ${countLive} as live)
    select c.live as total, ${profileColumns}
    from c left join lateral (${ids}) k on true left join profiles p on p.app_id = $1 and p.id = k.id
    order by ${orderText(order, 'p')}`
}

/**
 * One page in the order that is asked for and the exact total, of one snapshot. A skipped row costs an index entry; a page past
 * the end costs nothing.
 */
export async function selectPage(
  ctx: InApp,
  { skip, take }: OffsetPage,
  order: readonly ProfileOrder[],
): Promise<{ items: Profile[]; total: number }> {
  type Row = ProfileRow & { total: string; id: string | null }
  const rows = await ctx.db.query<Row>(pageText(take, order), [ctx.appId, skip, take])
  const items = rows.filter((row) => row.id !== null).map(({ total: _, ...row }) => toProfile(row))
  return { items, total: Number(rows[0]?.total) }
}

/** How many live profiles were made before a live one: the rows to skip to it in order of creation. A row costs an index entry. */
export async function selectPlace(ctx: InApp, id: string): Promise<number | undefined> {
  const text = `select (select count(*) from profiles b where b.app_id = $1 and b.id < p.id and b.deleted_at is null) as place
    from profiles p where p.app_id = $1 and p.id = $2 and p.deleted_at is null`
  const [row] = await ctx.db.query<{ place: string }>(text, [ctx.appId, id])
  return row && Number(row.place)
}
