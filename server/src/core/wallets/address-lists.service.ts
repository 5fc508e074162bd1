import { type Ctx, requireScope } from '../context.ts'
import { invalid } from '../errors.ts'
import { type CountedPage, type CursorPage, type OffsetPage, packCursor, unpackCursor } from '../pagination.ts'
import { getProfile } from '../profiles/profiles.service.ts'
import type { ProfileKey } from '../profiles/profiles.types.ts'
import { selectAddressesAfter, selectAddressPage, selectAddressPageOf } from './address-lists.queries.ts'
import { selectAddressOwners } from './addresses.queries.ts'
import { addressToFind } from './addresses.rules.ts'
import { getWallet } from './wallets.service.ts'
import type { Address, ListedAddress } from './wallets.types.ts'

/** One page of a profile's addresses on all its networks, oldest first. Throws `profile_not_found`. */
export async function listAddressesOfProfile(
  ctx: Ctx,
  key: ProfileKey,
  page: OffsetPage,
): Promise<CountedPage<ListedAddress>> {
  const profile = await getProfile(ctx, key)
  return selectAddressPageOf(ctx, profile.id, page)
}

/** One page of the app's addresses, oldest first. The total is exact. */
export async function listAddressesOfApp(ctx: Ctx, page: OffsetPage): Promise<CountedPage<ListedAddress>> {
  requireScope(ctx, 'profiles:read')
  return selectAddressPage(ctx, page)
}

/** One page of a wallet's addresses by cursor, in the order of their indexes. Throws `wallet_not_found`, `input_invalid` for a bad cursor. */
export async function listAddressesOfWallet(
  ctx: Ctx,
  walletId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<CursorPage<Address>> {
  const wallet = await getWallet(ctx, walletId)
  const after = cursor === undefined ? -1 : indexOf(cursor)
  const rows = await selectAddressesAfter(ctx, wallet.id, { after, limit: limit + 1 })
  const items = rows.slice(0, limit)
  const end = rows.length > limit ? items.at(-1) : undefined
  const nextCursor = end === undefined ? null : packCursor(['addressIndex', String(end.addressIndex)])
  return { items, nextCursor, total: wallet.nextAddressIndex }
}

/**
 * The ids of the profiles that a text is an address of: of an EVM address in any case, of a bech32 one in upper or lower case (BIP-173).
 * A text that is no address names none, and costs no look-up.
 */
export async function listAddressOwners(ctx: Ctx, text: string): Promise<string[]> {
  requireScope(ctx, 'profiles:read')
  const address = addressToFind(text.trim())
  return address === undefined ? [] : selectAddressOwners(ctx, address)
}

function indexOf(cursor: string): number {
  const [, text = ''] = unpackCursor(cursor, 'addressIndex', 2)
  if (!/^\d{1,10}$/.test(text) || Number(text) >= 2 ** 31) throw invalid({ path: ['cursor'], rule: 'format' })
  return Number(text)
}
