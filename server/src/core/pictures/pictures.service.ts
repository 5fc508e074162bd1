import { type AppJobCtx, type Ctx, requireScope } from '../context.ts'
import { DomainFault, type Issue, invalid } from '../errors.ts'
import { findStoredResult } from '../idempotency.ts'
import { newId } from '../ids.ts'
import type { FileContent, Files, PictureUse } from '../ports.ts'
import { asAnswered, getProfile } from '../profiles/profiles.service.ts'
import type { Profile, ProfileKey } from '../profiles/profiles.types.ts'
import { changePicture, lockProfile } from '../profiles/profiles-held.service.ts'
import { inTx } from '../transactions.ts'
import {
  deletePicture,
  endShownPicture,
  giveUpPicture,
  insertPicture,
  keepPicture,
  moveShownPicture,
  type StoredPicture,
  selectRemovable,
  selectShownContent,
} from './pictures.queries.ts'
import {
  contentHashOf,
  digestOf,
  fileKey,
  filePrefix,
  keyOfSteps,
  type PictureFiles,
  picturePath,
  pictureVariants,
} from './pictures.rules.ts'

/** Longer than any upload takes. A picture that no profile shows by then was given up. */
const unshownMs = 3_600_000
/** How long the files of a picture that was replaced stay, for those who have just been told where they are. */
export const replacedMs = 86_400_000

/** A picture as a person uploads it: the whole, and what they cut out of it. */
export type PictureUpload = Readonly<Record<PictureUse, Buffer>>

/**
 * Gives a profile a picture in the place of the one that it has, whose files stay for a day. The same picture again changes nothing.
 * Throws `input_invalid` with the rule `picture` for each of the two that is none, `pictures_exhausted`, `files_unavailable`,
 * `profile_not_found`; nothing of a picture that is refused is kept. Needs `profiles:read` and `profiles:write`.
 * `alongside` is done in the same transaction when the profile changes.
 */
export async function setPicture(
  ctx: Ctx,
  key: ProfileKey,
  upload: PictureUpload,
  alongside?: (tx: Ctx) => Promise<unknown>,
): Promise<Profile> {
  requireScope(ctx, 'profiles:write')
  const stored = await findStoredResult<Profile>(ctx)
  if (stored !== undefined) return asAnswered(ctx, stored.result)
  const { id: profileId } = await getProfile(ctx, key)
  const files = await render(ctx, upload)
  const contentHash = contentHashOf(files)
  const id = newId()
  const picture: StoredPicture = { id, profileId, contentHash, digest: digestOf(id, contentHash) }
  // Noted first: whatever happens from here on, the files are found again.
  const removeAfter = new Date(Date.now() + unshownMs)
  await insertPicture(ctx, picture, removeAfter)
  try {
    await storeFiles(ctx, picture, files)
    return asAnswered(ctx, await inTx(ctx, (tx) => show(tx, picture, alongside)))
  } finally {
    await discardUnlessShown(ctx, picture, removeAfter)
  }
}

/** Takes a profile's picture away, if it has one; its files go soon. Throws `profile_not_found`. Needs `profiles:write`. */
export async function removePicture(ctx: Ctx, key: ProfileKey): Promise<Profile> {
  requireScope(ctx, 'profiles:write')
  const profile = await inTx(ctx, async (tx) => {
    const before = await lockProfile(tx, key)
    await endShownPicture(tx, before.id, tx.now)
    return changePicture(tx, before, null)
  })
  return asAnswered(ctx, profile)
}

/** Inside a transaction that ends the profile: has its files removed soon. */
export async function endPicturesOf(tx: Ctx, profileId: string): Promise<void> {
  await endShownPicture(tx, profileId, tx.now)
}

/** Inside a transaction that made one profile part of another: the picture that the other took over stays, else goes. */
export async function moveOrEndPicture(tx: Ctx, source: Profile, target: Profile): Promise<void> {
  if (source.picture !== null && source.picture === target.picture) await moveShownPicture(tx, source.id, target.id)
  else await endShownPicture(tx, source.id, tx.now)
}

/** The file that a path leads to, open, by its steps behind `/pictures`; undefined when there is none. Throws `files_unavailable`. */
export async function findPictureFile(
  files: Files,
  [appId = '', digest = '', file = '']: readonly string[],
): Promise<FileContent | undefined> {
  const key = keyOfSteps(appId, digest, file)
  return key === undefined ? undefined : files.get(key)
}

/** Removes at most `limit` pictures of the app whose time is up, with their files; gives how many went. One that resists keeps none back. */
export async function removeOldPictures(ctx: AppJobCtx, files: Files, limit: number): Promise<number> {
  const removable = await selectRemovable(ctx, ctx.now, limit)
  let removed = 0
  for (const { id, digest } of removable) {
    try {
      // The files first: a row without files is removed again, files without a row never.
      await files.removeAll(filePrefix(ctx.appId, digest))
      await deletePicture(ctx, id)
      removed++
    } catch (error) {
      ctx.log.warn({ err: error, pictureId: id }, 'The files of a picture cannot be removed; it is tried again')
    }
  }
  return removed
}

async function render({ pictures }: Ctx, { original, crop }: PictureUpload): Promise<PictureFiles> {
  const [whole, cut] = await Promise.all([pictures.render(original, 'original'), pictures.render(crop, 'crop')])
  const made = { ...whole, ...cut } as Partial<PictureFiles>
  const issues = Object.entries({ original: whole, crop: cut })
    .filter(([, files]) => files === undefined)
    .map(([use]): Issue => ({ path: [use], rule: 'picture' }))
  if (issues.length > 0) throw invalid(...issues)
  if (pictureVariants.some((variant) => made[variant] === undefined)) throw new Error('A picture lacks a variant')
  return made as PictureFiles
}

async function show(tx: Ctx, picture: StoredPicture, alongside?: (tx: Ctx) => Promise<unknown>): Promise<Profile> {
  const before = await lockProfile(tx, { by: 'id', value: picture.profileId })
  if ((await selectShownContent(tx, before.id))?.equals(picture.contentHash)) return before
  await alongside?.(tx)
  await endShownPicture(tx, before.id, new Date(tx.now.getTime() + replacedMs))
  const kept = await keepPicture(tx, picture.id, new Date())
  if (!kept) throw new DomainFault({ code: 'files_unavailable' }, new Error('The files of a picture came too late'))
  return changePicture(tx, before, picturePath(tx.appId, picture.digest))
}

/** Ends only when no file is under way any more: whoever removes them must not be overtaken. */
async function storeFiles({ appId, files: place }: Ctx, { digest }: StoredPicture, files: PictureFiles): Promise<void> {
  const stored = await Promise.allSettled(
    pictureVariants.map((variant) => place.put(fileKey(appId, digest, variant), files[variant])),
  )
  for (const result of stored) if (result.status === 'rejected') throw result.reason
}

/**
 * The row alone tells whether the picture is shown: also when the commit's answer was lost. What cannot be removed now is removed by the
 * job.
 */
async function discardUnlessShown(ctx: Ctx, { id, digest }: StoredPicture, notedAt: Date): Promise<void> {
  try {
    if (!(await giveUpPicture(ctx, id, notedAt, new Date()))) return
    await ctx.files.removeAll(filePrefix(ctx.appId, digest))
    await deletePicture(ctx, id)
  } catch (error) {
    ctx.log.warn({ err: error }, 'The files of a picture that was refused are removed later')
  }
}
