import { type Db, firstRows, pageRows } from '../db.ts'
import type { CountedPage, OffsetPage } from '../pagination.ts'
import type { ProfileType } from '../profiles/profiles.types.ts'
import { walletColumns } from './wallets.queries.ts'
import type { ListedWallet, OwnerOnList, Wallet } from './wallets.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** Of the profile `p` and the network `n`. */
export const ownerColumns = 'p.reference, p.type, n.id as "networkId", n.decimals'

export interface OwnerRow {
  readonly reference: string | null
  readonly type: ProfileType
  readonly networkId: string
  readonly decimals: number
}
/** A row of a page, or, with null for all but the total, what tells that the page is empty. */
export type Counted<Row> = Row & { readonly total: string; readonly id: string | null }

/** Of a list that is counted as a whole: the exact total, of the page's own snapshot. A page past the end costs nothing. */
export const countOf = (column: 'wallets' | 'addresses') =>
  `select coalesce((select sum(${column}) from wallet_counts where app_id = $1), 0)::bigint as total`

function walletPageText(count: string, condition: string, page: OffsetPage): string {
  const ids = pageRows(
    `select i.id from wallets i where i.app_id = $1 and ${condition} and i.closed_at is null and $2 < c.total order by i.id`,
    page,
    { skip: '$2', take: '$3' },
  )
  return `
    with c as materialized (${count})
    select c.total, ${walletColumns}, ${ownerColumns}
    from c left join lateral (${ids}) k on true left join wallets w on w.app_id = $1 and w.id = k.id
      left join profiles p on p.app_id = $1 and p.id = w.profile_id left join networks n on n.alias = w.network
    order by w.id`
}

/** One page of the app's open wallets, oldest first. */
export async function selectWalletPage(ctx: InApp, page: OffsetPage): Promise<CountedPage<ListedWallet>> {
  const text = walletPageText(countOf('wallets'), 'true', page)
  return walletPage(await ctx.db.query<Counted<Wallet & OwnerRow>>(text, [ctx.appId, page.skip, page.take]))
}

/** The same of one profile. */
export async function selectWalletPageOf(
  ctx: InApp,
  profileId: string,
  page: OffsetPage,
): Promise<CountedPage<ListedWallet>> {
  const count = 'select count(*) as total from wallets where app_id = $1 and profile_id = $4 and closed_at is null'
  const text = walletPageText(count, 'i.profile_id = $4', page)
  return walletPage(await ctx.db.query<Counted<Wallet & OwnerRow>>(text, [ctx.appId, page.skip, page.take, profileId]))
}

/** How many open wallets the app has, exactly. */
export async function selectWalletCount(ctx: InApp): Promise<number> {
  const [row] = await ctx.db.query<{ total: string }>(countOf('wallets'), [ctx.appId])
  return Number(row?.total)
}

/** Up to `limit` open wallets from below the id `before` on, the newest first, on all networks or one: flat at any depth. */
export function selectWalletsBefore(
  ctx: InApp,
  {
    before,
    network,
    limit,
  }: { readonly before: string | undefined; readonly network: string | undefined; readonly limit: number },
): Promise<Wallet[]> {
  const text = firstRows(
    `select ${walletColumns} from wallets w where w.app_id = $1 and w.closed_at is null and w.id < $2
       ${network === undefined ? '' : 'and w.network = $4'} order by w.id desc`,
    limit,
    '$3',
  )
  const values = [ctx.appId, before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff', limit]
  return ctx.db.query<Wallet>(text, network === undefined ? values : [...values, network])
}

function walletPage(rows: readonly Counted<Wallet & OwnerRow>[]): CountedPage<ListedWallet> {
  const items = rows
    .filter(({ id }) => id !== null)
    .map(({ total: _, reference, type, decimals: __, ...wallet }) => ({
      ...wallet,
      owner: ownerOf(wallet, { reference, type }),
    }))
  return { items, total: Number(rows[0]?.total) }
}

export function ownerOf(
  { profileId }: { readonly profileId: string },
  rest: Omit<OwnerOnList, 'profileId'>,
): OwnerOnList {
  return { profileId, ...rest }
}
