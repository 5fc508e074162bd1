import type { Db } from '../db.ts'
import type { WalletAddress, WalletSummary } from './wallets.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

interface SummaryRow extends Omit<WalletSummary, 'confirmed' | 'unconfirmed'> {
  readonly profileId: string
  readonly confirmed: string
  readonly unconfirmed: string
}

const summariesText = `
  select w.profile_id as "profileId", w.network, w.account_index as "accountIndex",
    w.next_address_index as "nextAddressIndex", w.created_at as "createdAt",
    coalesce(array_agg(a.address order by a.address_index) filter (where a.id is not null), '{}') as addresses,
    coalesce(sum(a.confirmed), 0)::text as confirmed, coalesce(sum(a.unconfirmed), 0)::text as unconfirmed
  from wallets w left join addresses a on a.app_id = $1 and a.wallet_id = w.id
  where w.app_id = $1 and w.profile_id = any($2)
  group by w.app_id, w.id order by w.id`

/** The wallets of many profiles, in one statement. */
export async function selectWalletSummaries(
  ctx: InApp,
  profileIds: readonly string[],
): Promise<(WalletSummary & { readonly profileId: string })[]> {
  const rows = await ctx.db.query<SummaryRow>(summariesText, [ctx.appId, profileIds])
  return rows.map((row) => ({ ...row, confirmed: BigInt(row.confirmed), unconfirmed: BigInt(row.unconfirmed) }))
}

interface AddressRow extends Omit<WalletAddress, 'chainId'> {
  readonly profileId: string
  readonly chainId: string | null
}

const addressesText = `
  select a.profile_id as "profileId", a.address, n.name as "networkName", n.chain_id as "chainId",
    replace(n.explorer_url_template, '{address}', a.address) as "explorerUrl"
  from addresses a join networks n on n.alias = a.network
  where a.app_id = $1 and a.profile_id = any($2)
  order by a.id`

/** The addresses of many profiles with their networks, in one statement. */
export async function selectWalletAddresses(
  ctx: InApp,
  profileIds: readonly string[],
): Promise<(WalletAddress & { readonly profileId: string })[]> {
  const rows = await ctx.db.query<AddressRow>(addressesText, [ctx.appId, profileIds])
  return rows.map((row) => ({ ...row, chainId: row.chainId === null ? null : Number(row.chainId) }))
}

/** Gives all wallets of one profile, and their addresses, to another. */
export async function updateWalletsOwner(
  ctx: { readonly db: Db; readonly appId: string },
  from: string,
  to: string,
): Promise<void> {
  for (const table of ['wallets', 'addresses']) {
    const text = `update ${table} set profile_id = $3 where app_id = $1 and profile_id = $2`
    await ctx.db.query(text, [ctx.appId, from, to])
  }
}
