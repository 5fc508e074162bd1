import { randomInt, timingSafeEqual } from 'node:crypto'
import { type Ctx, type JobCtx, requireScope } from '../context.ts'
import { invalid } from '../errors.ts'
import { sendMail } from '../mail/mail.service.ts'
import type { MailInput } from '../mail/mail.types.ts'
import { reviewInput } from '../profiles/profiles.service.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import { lockProfile } from '../profiles/profiles-held.service.ts'
import { toMailbox } from '../text.ts'
import { inTx } from '../transactions.ts'
import { countWrongCode, deleteCode, deleteOldCodes, selectCode, upsertCode } from './email-codes.queries.ts'

const lifeMs = 15 * 60_000
const tries = 5
const digits = 6

/** What a person shows to change their e-mail: the code that was mailed, and the checksum that asking for it was answered with. */
export interface EmailCode {
  readonly code: string
  readonly checksum: string
}

/**
 * Mails a code of six digits with which the e-mail of a profile may be changed, once, within 15 minutes and five tries. Mailed to the
 * new address, it is for that one alone and proves it; mailed to the present one, where no other is given, it is for any. A code
 * before it ends. Gives the checksum that must come with the code. `compose` words the mail. Throws `profile_not_found`,
 * `input_invalid` for no e-mail and a bad one, and what sending a mail throws; no more than 10 an hour for one profile.
 */
export async function sendEmailCode(
  ctx: Ctx,
  profileId: string,
  newEmail: string | undefined,
  compose: (code: string) => Pick<MailInput, 'subject' | 'text'>,
): Promise<string> {
  requireScope(ctx, 'profiles:write')
  const { issues } = reviewInput({ email: newEmail ?? null })
  if (issues.length > 0) throw invalid(...issues)
  const code = String(randomInt(10 ** digits)).padStart(digits, '0')
  return inTx(ctx, async (tx) => {
    const profile = await lockProfile(tx, { by: 'id', value: profileId })
    const to = newEmail || profile.email
    if (!to) throw invalid({ path: ['email'], rule: 'required' })
    const order = { mailbox: toMailbox(to), expiresAt: new Date(tx.now.getTime() + lifeMs) }
    const checksum = checksumOf(tx, profileId, order, code)
    await upsertCode(tx, profileId, { ...order, checksum, triesLeft: tries })
    await sendMail(tx, { to, ...compose(code) }, { sender: profileId })
    return checksum.toString('hex')
  })
}

/** What a code is good for: `proven` also shows that its person reads mail at the new address. */
export type CodeVerdict = 'wrong' | 'allowed' | 'proven'

/**
 * Inside a transaction that has locked the profile: whether a code lets its e-mail become another. A wrong one is counted if the
 * transaction commits.
 */
export async function judgeEmailCode(
  tx: Ctx,
  profile: Profile,
  newEmail: string,
  shown: EmailCode,
): Promise<CodeVerdict> {
  const stored = await selectCode(tx, profile.id)
  if (stored === undefined || stored.triesLeft <= 0 || stored.expiresAt <= tx.now) return 'wrong'
  const made = checksumOf(tx, profile.id, stored, shown.code)
  const isRight = timingSafeEqual(made, stored.checksum) && isSame(shown.checksum, stored.checksum)
  if (isRight && stored.mailbox === toMailbox(newEmail)) return 'proven'
  if (isRight && profile.email !== null && stored.mailbox === toMailbox(profile.email)) return 'allowed'
  await countWrongCode(tx, profile.id)
  return 'wrong'
}

/** The same beside other mistakes, so that all can be told at once; the code stays. Throws `profile_not_found`. */
export async function tryEmailCode(
  ctx: Ctx,
  profileId: string,
  newEmail: string,
  shown: EmailCode,
): Promise<CodeVerdict> {
  requireScope(ctx, 'profiles:write')
  const { idempotency: _, ...once } = ctx
  return inTx(once, async (tx) => {
    const profile = await lockProfile(tx, { by: 'id', value: profileId })
    return judgeEmailCode(tx, profile, newEmail, shown)
  })
}

/** Removes at most `limit` codes of the app that have ended; gives how many went. */
export function forgetEndedEmailCodes(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  return deleteOldCodes({ ...ctx, appId }, ctx.now, limit)
}

/** Inside a transaction: ends the code of a profile, if it has one. */
export async function removeEmailCode(tx: Ctx, profileId: string): Promise<void> {
  await deleteCode(tx, profileId)
}

/** Keyed, since six digits are guessed at once: who reads the database, or the checksum, learns nothing of the code. */
function checksumOf(
  { keys, appId }: Ctx,
  profileId: string,
  { mailbox, expiresAt }: { readonly mailbox: string; readonly expiresAt: Date },
  code: string,
): Buffer {
  return keys.hash('email codes', JSON.stringify([appId, profileId, mailbox, expiresAt.getTime(), code]))
}

function isSame(hex: string, checksum: Buffer): boolean {
  const shown = Buffer.from(hex, 'hex')
  return shown.length === checksum.length && timingSafeEqual(shown, checksum)
}
