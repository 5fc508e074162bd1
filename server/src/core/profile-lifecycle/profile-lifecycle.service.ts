import type { Ctx } from '../context.ts'
import { moveCredentials, removeCredentials } from '../credentials/credentials.service.ts'
import { removeEmailProof } from '../email-proofs/email-proofs.service.ts'
import { asAnswered } from '../profiles/profiles.service.ts'
import type { Profile, ProfileKey, UpdateOptions } from '../profiles/profiles.types.ts'
import { absorbProfile, endProfile } from '../profiles/profiles-held.service.ts'
import { inTx } from '../transactions.ts'
import { moveWallets } from '../wallets/wallets.service.ts'

/**
 * Deletes a profile for good, in one transaction: it answers as not found, its identifiers are free, and nothing is left that its
 * person could prove themselves with. Throws `profile_not_found`, `revision_stale`.
 */
export async function deleteProfile(ctx: Ctx, key: ProfileKey, options: UpdateOptions = {}): Promise<void> {
  return inTx(ctx, async (tx) => {
    const ended = await endProfile(tx, key, options)
    await removeCredentials(tx, ended)
    await removeEmailProof(tx, ended.id)
  })
}

/**
 * Makes one profile part of another, in one transaction: what the target lacks it gets from the source, identifiers among it; all
 * wallets of the source move, also beside one of the same network; the source's password and tokens move when the target has no
 * password, and end otherwise; the source answers as deleted, and its history is read with the target's. Throws
 * `profile_not_found` unless both are live, `input_invalid` for a profile and itself.
 */
export async function mergeProfiles(
  ctx: Ctx,
  keys: { readonly target: ProfileKey; readonly source: ProfileKey },
): Promise<Profile> {
  const profile = await inTx(ctx, async (tx) => {
    const { target, source } = await absorbProfile(tx, keys)
    await moveWallets(tx, source.id, target.id)
    await moveCredentials(tx, source, target.id)
    await removeEmailProof(tx, source.id)
    return target
  })
  return asAnswered(ctx, profile)
}
