import { type Db, firstRows, pageRows } from '../db.ts'
import type { CountedPage, OffsetPage } from '../pagination.ts'
import { type Counted, countOf, type OwnerRow, ownerColumns, ownerOf } from './wallet-lists.queries.ts'
import type { Address, ListedAddress } from './wallets.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

const addressColumns = `a.id, a.wallet_id as "walletId", w.profile_id as "profileId", a.network, a.address,
  a.address_index as "addressIndex", a.created_at as "createdAt"`

/** From so many skipped rows on a page is deep. */
const deepSkip = 1_000

/**
 * Whether the wallet of address `i` is open, where $2 rows are skipped. Near the beginning each row's wallet is looked up. Behind
 * 290,000 rows that took 360 ms, so a deep page reads the closed wallets once, and hashes them: 50 ms. The array hides from
 * the planner how many there are. When it knew of 300,000 it did not hash them but went through them for each row: 4 s
 * on the first page.
 */
const isOpen = `
  case when $2::bigint < ${deepSkip}
    then (select o.closed_at is null from wallets o where o.app_id = $1 and o.id = i.wallet_id)
    else i.wallet_id not in (
      select unnest(array(select o.id from wallets o where o.app_id = $1 and o.closed_at is not null))
    )
  end`

const idsOfApp = `
  select i.id from addresses i where i.app_id = $1 and ${isOpen} and $2 < c.total order by i.id`

/** Each of the profile's wallets, which are few, gives as many as the page could need of it. */
const idsOfProfile = `
  select i.id from wallets o cross join lateral (
    select id from addresses where app_id = $1 and wallet_id = o.id order by id limit $5::bigint
  ) i
  where o.app_id = $1 and o.profile_id = $4 and o.closed_at is null and $2 < c.total order by i.id`

function addressPageText(count: string, ids: string, page: OffsetPage): string {
  return `
    with c as materialized (${count})
    select c.total, ${addressColumns}, ${ownerColumns}, a.confirmed::text as confirmed, a.unconfirmed::text as unconfirmed
    from c left join lateral (${pageRows(ids, page, { skip: '$2', take: '$3' })}) k on true
      left join addresses a on a.app_id = $1 and a.id = k.id left join wallets w on w.app_id = $1 and w.id = a.wallet_id
      left join profiles p on p.app_id = $1 and p.id = w.profile_id left join networks n on n.alias = a.network
    order by a.id`
}

type AddressPageRow = Counted<Address & OwnerRow & { readonly confirmed: string; readonly unconfirmed: string }>

/** One page of the addresses of the app's open wallets, oldest first. On deep pages a skipped row costs an index entry. */
export async function selectAddressPage(ctx: InApp, page: OffsetPage): Promise<CountedPage<ListedAddress>> {
  const text = addressPageText(countOf('addresses'), idsOfApp, page)
  return addressPage(await ctx.db.query<AddressPageRow>(text, [ctx.appId, page.skip, page.take]))
}

/** The same of one profile. A wallet's next index is the number of its addresses. */
export async function selectAddressPageOf(
  ctx: InApp,
  profileId: string,
  page: OffsetPage,
): Promise<CountedPage<ListedAddress>> {
  const count = `select coalesce(sum(next_address_index), 0)::bigint as total from wallets
    where app_id = $1 and profile_id = $4 and closed_at is null`
  const text = addressPageText(count, idsOfProfile, page)
  const { skip, take } = page
  return addressPage(await ctx.db.query<AddressPageRow>(text, [ctx.appId, skip, take, profileId, skip + take]))
}

function addressPage(rows: readonly AddressPageRow[]): CountedPage<ListedAddress> {
  const items = rows
    .filter(({ id }) => id !== null)
    .map(({ total: _, reference, type, ...address }) => ({
      ...address,
      owner: ownerOf(address, { reference, type }),
      confirmed: BigInt(address.confirmed),
      unconfirmed: BigInt(address.unconfirmed),
    }))
  return { items, total: Number(rows[0]?.total) }
}

/** Up to `limit` addresses of a wallet behind an index, in order: a page costs the same at any depth. */
export function selectAddressesAfter(
  ctx: InApp,
  walletId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Address[]> {
  const page = firstRows(
    `select ${addressColumns} from addresses a join wallets w on w.app_id = $1 and w.id = a.wallet_id
     where a.app_id = $1 and a.wallet_id = $2 and a.address_index > $3 order by a.address_index`,
    limit,
    '$4',
  )
  return ctx.db.query<Address>(page, [ctx.appId, walletId, after, limit])
}
