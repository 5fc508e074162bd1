import { type Ctx, requireScope } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import { gathered, type InApp, readBounds } from '../gather.ts'
import { isUuid } from '../ids.ts'
import { type CountedPage, type CursorPage, type OffsetPage, packCursor, unpackCursor } from '../pagination.ts'
import { getProfile } from '../profiles/profiles.service.ts'
import type { ProfileKey } from '../profiles/profiles.types.ts'
import { moveAccount } from './accounts.queries.ts'
import { getKnownNetwork } from './networks.service.ts'
import { selectWalletCount, selectWalletPage, selectWalletPageOf, selectWalletsBefore } from './wallet-lists.queries.ts'
import {
  closeWalletsOf,
  selectFirstAddress,
  selectWallet,
  selectWalletAddresses,
  selectWalletSummaries,
  selectWalletsOf,
  updateWalletsOwner,
} from './wallets.queries.ts'
import { withoutKeys } from './wallets.rules.ts'
import type { ListedWallet, Wallet, WalletAddress, WalletSummary } from './wallets.types.ts'

/** One wallet of the app. Throws `wallet_not_found`. */
export async function getWallet(ctx: Ctx, id: string): Promise<Wallet> {
  requireScope(ctx, 'profiles:read')
  const wallet = isUuid(id) ? await selectWallet(ctx, id) : undefined
  if (wallet === undefined) throw new DomainFault({ code: 'wallet_not_found' })
  return withoutKeys(wallet)
}

/** The first address of a profile on a network, by the network's alias; undefined while it has none. Throws `profile_not_found`. */
export async function findFirstAddress(ctx: Ctx, key: ProfileKey, network: string): Promise<string | undefined> {
  const profile = await getProfile(ctx, key)
  return selectFirstAddress(ctx, { profileId: profile.id, network })
}

/** Every wallet of a profile, oldest first: a few, since there are few networks. Throws `profile_not_found`. */
export async function listEveryWalletOf(ctx: Ctx, key: ProfileKey): Promise<Wallet[]> {
  const profile = await getProfile(ctx, key)
  return selectWalletsOf(ctx, [profile.id])
}

/** One page of a profile's wallets, oldest first. Throws `profile_not_found`. */
export async function listWalletsOfProfile(
  ctx: Ctx,
  key: ProfileKey,
  page: OffsetPage,
): Promise<CountedPage<ListedWallet>> {
  const profile = await getProfile(ctx, key)
  return selectWalletPageOf(ctx, profile.id, page)
}

/** One page of the app's wallets, oldest first. The total is exact. */
export async function listWalletsOfApp(ctx: Ctx, page: OffsetPage): Promise<CountedPage<ListedWallet>> {
  requireScope(ctx, 'profiles:read')
  return selectWalletPage(ctx, page)
}

const order = 'wallets'

/**
 * One page of the app's wallets by cursor, the newest first, on all networks or on the one with the alias. The total is exact, and there
 * when no network is named. `limit` is 1 to 200. Throws `input_invalid` for a bad cursor, and for a network that apps of this mode have
 * not.
 */
export async function listWallets(
  ctx: Ctx,
  {
    network,
    cursor,
    limit,
  }: { readonly network?: string | undefined; readonly cursor?: string | undefined; readonly limit: number },
): Promise<CursorPage<Wallet>> {
  requireScope(ctx, 'profiles:read')
  if (network !== undefined) await getKnownNetwork(ctx, network)
  const before = cursor === undefined ? undefined : positionOf(cursor)
  const [rows, total] = await Promise.all([
    selectWalletsBefore(ctx, { before, network, limit: limit + 1 }),
    network === undefined ? selectWalletCount(ctx) : null,
  ])
  const items = rows.slice(0, limit)
  const end = rows.length > limit ? items.at(-1) : undefined
  return { items, nextCursor: end === undefined ? null : packCursor([order, end.id]), total }
}

function positionOf(cursor: string): string {
  const [, id = ''] = unpackCursor(cursor, order, 2)
  if (!isUuid(id)) throw invalid({ path: ['cursor'], rule: 'format' })
  return id
}

type Select<T> = (ctx: InApp, profileIds: readonly string[]) => Promise<(T & { readonly profileId: string })[]>

type ByProfile<T> = ReadonlyMap<string, readonly T[]>

/** What a query gives, sorted out by profile, asked for together with others of the same time; asks nothing when there are no profiles. */
function selectingByProfile<T>(select: Select<T>): (ctx: Ctx, profileIds: readonly string[]) => Promise<ByProfile<T>> {
  const selectTogether = gathered<readonly string[], ByProfile<T>>({
    async together(ctx, lists) {
      const found = new Map<string, T[]>(lists.flat().map((id) => [id, []]))
      for (const row of await select(ctx, [...found.keys()])) found.get(row.profileId)?.push(row)
      return lists.map((ids) => new Map(ids.map((id) => [id, found.get(id) ?? []])))
    },
    ...readBounds,
    bytesOf: (profileIds) => 36 * profileIds.length,
  })
  return async (ctx, profileIds) => {
    requireScope(ctx, 'profiles:read')
    return profileIds.length === 0 ? new Map() : selectTogether(ctx, profileIds)
  }
}

/** The wallets of each of the profiles, by profile id, oldest first. One query however many profiles there are. */
export const summarizeWallets = selectingByProfile<WalletSummary>(selectWalletSummaries)

/**
 * The addresses of each of the profiles, by profile id, oldest first, the first hundred of each wallet. One query however many profiles
 * there are.
 */
export const listWalletAddresses = selectingByProfile<WalletAddress>(selectWalletAddresses)

/** Gives all wallets of one profile to another, in the caller's transaction, and its account to one that has none. */
export async function moveWallets(tx: Ctx, from: string, to: string): Promise<void> {
  requireScope(tx, 'profiles:write')
  await updateWalletsOwner(tx, from, to)
  await moveAccount(tx, from, to)
}

/** Closes all wallets of a profile that ends, in the caller's transaction. They stay, and are shown no more. */
export async function closeWallets(tx: Ctx, profileId: string): Promise<void> {
  requireScope(tx, 'profiles:write')
  await closeWalletsOf(tx, profileId, tx.now)
}
