import type { Ctx } from '../context.ts'
import { moveCredentials, removeCredentials } from '../credentials/credentials.service.ts'
import { removeEmailCode } from '../email-proofs/email-codes.service.ts'
import { removeEmailProof } from '../email-proofs/email-proofs.service.ts'
import { endPicturesOf, moveOrEndPicture } from '../pictures/pictures.service.ts'
import { asAnswered } from '../profiles/profiles.service.ts'
import type { Profile, ProfileKey, UpdateOptions } from '../profiles/profiles.types.ts'
import { absorbProfile, endProfile } from '../profiles/profiles-held.service.ts'
import { forgetOwnChanges } from '../self-service/own-changes.service.ts'
import { inTx } from '../transactions.ts'
import { closeWallets, moveWallets } from '../wallets/wallets.service.ts'

/**
 * Deletes a profile for good, in one transaction: it answers as not found, its identifiers are free, and nothing is left that its
 * person could prove themselves with, nor of their pictures. Throws `profile_not_found`, `revision_stale`.
 */
export async function deleteProfile(ctx: Ctx, key: ProfileKey, options: UpdateOptions = {}): Promise<void> {
  return inTx(ctx, async (tx) => {
    const ended = await endProfile(tx, key, options)
    await removeCredentials(tx, ended)
    await removeWhatIsOf(tx, ended.id)
    await endPicturesOf(tx, ended.id)
    await closeWallets(tx, ended.id)
  })
}

/**
 * Makes one profile part of another, in one transaction: what the target lacks it gets from the source, identifiers among it; all
 * wallets of the source move, also beside one of the same network; the source's password, tokens and sessions move when the target
 * has no password, and end otherwise; its picture goes where the target has one; the source answers as deleted, and its history is read with the target's. Throws
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
    await removeWhatIsOf(tx, source.id)
    await moveOrEndPicture(tx, source, target)
    return target
  })
  return asAnswered(ctx, profile)
}

/** What was under way between the person and their own profile. */
async function removeWhatIsOf(tx: Ctx, profileId: string): Promise<void> {
  await removeEmailProof(tx, profileId)
  await removeEmailCode(tx, profileId)
  await forgetOwnChanges(tx, profileId)
}
