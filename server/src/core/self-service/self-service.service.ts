import type { Ctx } from '../context.ts'
import { type EmailCode, judgeEmailCode, removeEmailCode } from '../email-proofs/email-codes.service.ts'
import { DomainFault } from '../errors.ts'
import { sendMail } from '../mail/mail.service.ts'
import type { MailInput } from '../mail/mail.types.ts'
import { type PictureUpload, setPicture } from '../pictures/pictures.service.ts'
import { asAnswered, sameEmail, updateProfile } from '../profiles/profiles.service.ts'
import type { Profile, ProfileInput } from '../profiles/profiles.types.ts'
import { lockProfile } from '../profiles/profiles-held.service.ts'
import { inTx } from '../transactions.ts'
import { countOwnChange, requireOwnChange } from './own-changes.service.ts'

/** What a person's change of their own profile comes with. */
export interface OwnChange {
  readonly input: ProfileInput
  /** Needed where the e-mail becomes another. */
  readonly emailCode?: EmailCode | undefined
  /** Words the mail that tells the address before that it is no longer the profile's. */
  readonly composeNotice: () => Pick<MailInput, 'subject' | 'text'>
}

/**
 * Changes what a person may change of their own profile. A new e-mail needs a code that was mailed for it, which ends; the address before
 * is told by mail. Changes are counted, but for those that change nothing. Throws `own_changes_exhausted`, `email_code_invalid`, what
 * sending a mail throws, and what `updateProfile` throws.
 */
export async function updateOwnProfile(
  ctx: Ctx,
  profileId: string,
  { input, emailCode, composeNotice }: OwnChange,
): Promise<Profile> {
  const profile = await inTx(ctx, async (tx) => {
    const before = await lockProfile(tx, { by: 'id', value: profileId })
    const newEmail = input.email && !sameEmail(before, { email: input.email }) ? input.email : undefined
    const verdict = newEmail && (await judgeEmailCode(tx, before, newEmail, emailCode ?? { code: '', checksum: '' }))
    if (verdict === 'wrong') return undefined
    const emailProven = verdict === 'proven'
    const after = await updateProfile(tx, { by: 'id', value: profileId }, input, { emailProven })
    if (newEmail !== undefined) {
      await removeEmailCode(tx, profileId)
      if (before.email !== null) await sendMail(tx, { to: before.email, ...composeNotice() }, { notice: true })
    }
    if (after.revision !== before.revision) await countOwnChange(tx, profileId)
    return after
  })
  // Thrown after the commit, which counted the wrong code.
  if (profile === undefined) throw new DomainFault({ code: 'email_code_invalid' })
  return asAnswered(ctx, profile)
}

/** Gives a person's own profile a picture, as one of the changes that are counted. Throws `own_changes_exhausted`, and what `setPicture` throws. */
export async function setOwnPicture(ctx: Ctx, profileId: string, upload: PictureUpload): Promise<Profile> {
  return setPicture(ctx, { by: 'id', value: profileId }, upload, (tx) => countOwnChange(tx, profileId))
}

export { requireOwnChange }
