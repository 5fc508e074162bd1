import { type AppJobCtx, type Ctx, requireScope } from '../context.ts'
import { invalid } from '../errors.ts'
import { absorbed, emailVerified, pictured } from './changes.rules.ts'
import { deletedEvent, mergedEvent } from './profiles.events.ts'
import {
  deleteProfileRow,
  moveMerged,
  selectLiveForUpdate,
  selectPairForUpdate,
  selectProfile,
  selectProfileForKeyShare,
  selectProfileForUpdate,
} from './profiles.queries.ts'
import { checkProfileInput, formsOf } from './profiles.rules.ts'
import type { LockedProfile, Profile, ProfileKey, UpdateOptions } from './profiles.types.ts'
import { checkRevision, findByKey, found, writeChange } from './profiles-access.service.ts'
import { suppress } from './suppressions.service.ts'

// For the domains above: what they do to a profile inside a transaction of their own.

/**
 * Inside a transaction: makes a profile a tombstone, and gives what it was. Throws `profile_not_found`, `revision_stale`. For
 * `profile-lifecycle`, which removes what belongs to the profile.
 */
export async function endProfile(tx: Ctx, key: ProfileKey, options: UpdateOptions = {}): Promise<Profile> {
  requireScope(tx, 'profiles:write')
  const before = found(await findByKey(tx, key, selectProfileForUpdate))
  checkRevision(before, options)
  const gone = { id: before.id, words: formsOf(before).nameWords ?? [], mergedInto: null }
  await deleteProfileRow(tx, gone, deletedEvent(before, tx.now))
  return before
}

/**
 * Inside a transaction, on the installation's own authority: the profile that a key names, kept from ending before the
 * transaction does. Throws `profile_not_found`. For what belongs to a profile and must not outlive it.
 */
export async function holdProfile(tx: AppJobCtx, key: ProfileKey): Promise<Profile> {
  return found(await findByKey(tx, key, selectProfileForKeyShare))
}

/** The same, kept from changing too. For what changes the profile later in the transaction. */
export async function lockProfile(tx: AppJobCtx, key: ProfileKey): Promise<Profile> {
  return found(await findByKey(tx, key, selectProfileForUpdate))
}

/** The live profile that a key names, on the installation's own authority. Throws `profile_not_found`. */
export async function lookUpProfile(ctx: AppJobCtx, key: ProfileKey): Promise<Profile> {
  return found(await findByKey(ctx, key, selectProfile))
}

/** Those of the profiles that are live, by id, kept from changing until the transaction ends. */
export async function lockProfiles(tx: AppJobCtx, ids: readonly string[]): Promise<ReadonlyMap<string, LockedProfile>> {
  return new Map((await selectLiveForUpdate(tx, ids)).map((profile) => [profile.id, profile]))
}

/**
 * Inside a transaction: gives the target what only the source has, and ends the source. Throws `profile_not_found` unless both are
 * live, `input_invalid` for a profile and itself. For `profile-lifecycle`, which moves what belongs to the source.
 */
export async function absorbProfile(
  tx: Ctx,
  keys: { readonly target: ProfileKey; readonly source: ProfileKey },
): Promise<{ target: Profile; source: Profile }> {
  requireScope(tx, 'profiles:write')
  const [targetId, sourceId] = [await idOf(tx, keys.target), await idOf(tx, keys.source)]
  if (targetId === sourceId) throw invalid({ path: ['source'], rule: 'choice' })
  // Found by their keys and locked by their ids, always in the same order: two merges of one pair wait, and do not block each other.
  const pair = await selectPairForUpdate(tx, [targetId, sourceId])
  const before = found(pair.find(({ id }) => id === targetId))
  const source = found(pair.find(({ id }) => id === sourceId))
  const target = absorbed(before, source, tx.now)
  const gone = { id: source.id, words: formsOf(source).nameWords ?? [], mergedInto: target.id }
  // The source first: its identifiers must be free when the target takes them.
  await deleteProfileRow(tx, gone, mergedEvent(source, target.id, tx.now))
  await moveMerged(tx, source.id, target.id)
  await writeChange(tx, before, target)
  // The two are one person, who was unsubscribed as either.
  if (target.unsubscribedAt !== null) await suppress(tx, target, source)
  return { target, source }
}

/** Inside a transaction that has locked the profile: notes that its person reads mail at its e-mail. */
export async function markEmailVerified(
  tx: Ctx,
  before: Profile,
  { changeAttributes }: Pick<UpdateOptions, 'changeAttributes'>,
): Promise<Profile> {
  const attributes = changeAttributes && checkProfileInput({ attributes: changeAttributes(before.attributes) })
  const after = emailVerified({ ...before, ...attributes }, tx.now)
  await writeChange(tx, before, after)
  return after
}

/** Inside a transaction that has locked the profile: gives it another picture, or none. For `pictures`, which keeps the files. */
export async function changePicture(tx: Ctx, before: Profile, picture: string | null): Promise<Profile> {
  const after = pictured(before, picture, tx.now)
  await writeChange(tx, before, after)
  return after
}

async function idOf(ctx: AppJobCtx, key: ProfileKey): Promise<string> {
  return found(await findByKey(ctx, key, selectProfile)).id
}
