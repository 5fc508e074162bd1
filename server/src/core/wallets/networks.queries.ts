import type { Db } from '../db.ts'
import type { Network } from './wallets.types.ts'

/** A network as the driver gives it: bigint as text. */
type NetworkRow = Omit<Network, 'chainId'> & { readonly chainId: string | null }

/** Every network, main ones first, Bitcoin before others. */
export async function selectNetworks(ctx: { readonly db: Db }): Promise<Network[]> {
  const rows = await ctx.db.query<NetworkRow>(
    `select id, alias, name, chain_id as "chainId", decimals, address_family as family, is_test as "isTest", confirmations,
       explorer_url_template as "explorerUrlTemplate", created_at as "createdAt"
     from networks order by is_test, address_family, chain_id`,
    [],
  )
  return rows.map((row) => ({ ...row, chainId: row.chainId === null ? null : Number(row.chainId) }))
}
