import { type Ctx, requireScope } from '../context.ts'
import { selectWalletSummaries, updateWalletsOwner } from './wallets.queries.ts'
import type { WalletSummary } from './wallets.types.ts'

/** The wallets of each of the profiles, by profile id, oldest first. One query however many profiles there are. */
export async function summarizeWallets(
  ctx: Ctx,
  profileIds: readonly string[],
): Promise<ReadonlyMap<string, readonly WalletSummary[]>> {
  requireScope(ctx, 'profiles:read')
  const byProfile = new Map<string, WalletSummary[]>(profileIds.map((id) => [id, []]))
  if (profileIds.length === 0) return byProfile
  for (const { profileId, ...wallet } of await selectWalletSummaries(ctx, profileIds)) {
    byProfile.get(profileId)?.push(wallet)
  }
  return byProfile
}

/** Gives all wallets of one profile to another, in the caller's transaction. */
export async function moveWallets(tx: Ctx, from: string, to: string): Promise<void> {
  requireScope(tx, 'profiles:write')
  await updateWalletsOwner(tx, from, to)
}
