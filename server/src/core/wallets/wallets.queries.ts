import type { Db } from '../db.ts'
import type { WalletSummary } from './wallets.types.ts'

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
  ctx: { readonly db: Db; readonly appId: string },
  profileIds: readonly string[],
): Promise<(WalletSummary & { readonly profileId: string })[]> {
  const rows = await ctx.db.query<SummaryRow>(summariesText, [ctx.appId, profileIds])
  return rows.map((row) => ({ ...row, confirmed: BigInt(row.confirmed), unconfirmed: BigInt(row.unconfirmed) }))
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
