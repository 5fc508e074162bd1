import { type Ctx, requireScope } from '../context.ts'

import { selectWalletAddresses, selectWalletSummaries, updateWalletsOwner } from './wallets.queries.ts'
import type { WalletAddress, WalletSummary } from './wallets.types.ts'

/** The wallets of each of the profiles, by profile id, oldest first. One query however many profiles there are. */
export async function summarizeWallets(
  ctx: Ctx,
  profileIds: readonly string[],
): Promise<ReadonlyMap<string, readonly WalletSummary[]>> {
  return byProfile(ctx, profileIds, selectWalletSummaries)
}

/** The addresses of each of the profiles, by profile id, oldest first. One query however many profiles there are. */
export async function listWalletAddresses(
  ctx: Ctx,
  profileIds: readonly string[],
): Promise<ReadonlyMap<string, readonly WalletAddress[]>> {
  return byProfile(ctx, profileIds, selectWalletAddresses)
}

type Select<T> = (ctx: Ctx, profileIds: readonly string[]) => Promise<(T & { readonly profileId: string })[]>

/** What a query gives, sorted out by profile; asks nothing when there are no profiles. */
async function byProfile<T>(
  ctx: Ctx,
  profileIds: readonly string[],
  select: Select<T>,
): Promise<ReadonlyMap<string, readonly T[]>> {
  requireScope(ctx, 'profiles:read')
  const found = new Map<string, T[]>(profileIds.map((id) => [id, []]))
  if (profileIds.length === 0) return found
  for (const row of await select(ctx, profileIds)) found.get(row.profileId)?.push(row)
  return found
}

/** Gives all wallets of one profile to another, in the caller's transaction. */
export async function moveWallets(tx: Ctx, from: string, to: string): Promise<void> {
  requireScope(tx, 'profiles:write')
  await updateWalletsOwner(tx, from, to)
}
