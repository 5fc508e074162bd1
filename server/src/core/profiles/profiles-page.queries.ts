import { type Db, firstRows, pageRows } from '../db.ts'
import { greatestId, leastId } from '../ids.ts'
import type { OffsetPage } from '../pagination.ts'
import { type ProfileRow, profileColumns, toProfile } from '../profile-row.ts'
import { marksText } from './marks.queries.ts'
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

/** Where a deep page begins. `mark` gives one row, up to where `passed` profiles lie before the page; `c.live` is the total. */
const starts = {
  up: {
    mark: `select to_id, through as passed from (${marksText} union all select '${leastId}', 0) m
      where through <= $2 order by to_id desc limit 1`,
    condition: 'and i.id > (select to_id from m)',
  },
  down: {
    mark: `select to_id, c.live - through as passed from (${marksText} union all select '${greatestId}', live from c) m, c
      where c.live - through <= $2 order by to_id limit 1`,
    condition: 'and i.id <= (select to_id from m)',
  },
} as const

function pageText(page: OffsetPage, order: readonly ProfileOrder[], deep: boolean): string {
  const direction = deep ? directionOf(order) : undefined
  const start = direction && starts[direction]
  const all = `select i.id from profiles i where i.app_id = $1 and i.deleted_at is null ${start?.condition ?? ''} and $2 < c.live
    order by ${orderText(order, 'i')}`
  const ids = start
    ? firstRows(`${all} offset $2::bigint - (select passed from m)`, page.take, '$3')
    : pageRows(all, page, { skip: '$2', take: '$3' })
  return `
    with c as materialized (select ${countLive} as live)${start ? `, m as materialized (${start.mark})` : ''}
    select c.live as total, ${profileColumns}
    from c left join lateral (${ids}) k on true left join profiles p on p.app_id = $1 and p.id = k.id
    order by ${orderText(order, 'p')}`
}

/** Which way the order follows creation alone; only in that order do marks lead to a page. */
function directionOf(order: readonly ProfileOrder[]): keyof typeof starts | undefined {
  const [first] = order
  if (first === undefined) return 'up'
  if (first.by !== 'createdAt') return undefined
  return first.descending ? 'down' : 'up'
}

/**
 * One page in the order that is asked for and the exact total, of one snapshot. A page past the end costs nothing. A skipped row
 * costs an index entry; from a skip of `deepFrom` on, in order of creation, whole marks of them are passed for one row each.
 */
export async function selectPage(
  ctx: InApp,
  page: OffsetPage,
  order: readonly ProfileOrder[],
  deepFrom: number,
): Promise<{ items: Profile[]; total: number }> {
  type Row = ProfileRow & { total: string; id: string | null }
  const text = pageText(page, order, page.skip >= deepFrom)
  const rows = await ctx.db.query<Row>(text, [ctx.appId, page.skip, page.take])
  const items = rows.filter((row) => row.id !== null).map(({ total: _, ...row }) => toProfile(row))
  return { items, total: Number(rows[0]?.total) }
}

const placeText = `
  with m as materialized (
    select to_id, through as passed from (${marksText} union all select '${leastId}', 0) m
    where to_id < $2 order by to_id desc limit 1
  )
  select ${countLive} as total, m.passed + (
    select count(*) from profiles b where b.app_id = $1 and b.id > m.to_id and b.id < $2 and b.deleted_at is null
  ) as place, ${profileColumns}
  from profiles p, m where p.app_id = $1 and p.id = $2 and p.deleted_at is null`

/** A live profile with the number of live ones that were made before it, and the total, of one snapshot. */
export async function selectPlaced(
  ctx: InApp,
  id: string,
): Promise<{ profile: Profile; place: number; total: number } | undefined> {
  const [found] = await ctx.db.query<ProfileRow & { place: string; total: string }>(placeText, [ctx.appId, id])
  if (found === undefined) return undefined
  const { place, total, ...row } = found
  return { profile: toProfile(row), place: Number(place), total: Number(total) }
}
