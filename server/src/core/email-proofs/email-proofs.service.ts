import { createHash, randomBytes } from 'node:crypto'
import { type Ctx, requireScope } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import { sendMail } from '../mail/mail.service.ts'
import type { MailInput } from '../mail/mail.types.ts'
import type { Profile, UpdateOptions } from '../profiles/profiles.types.ts'
import { lockProfile, markEmailVerified } from '../profiles/profiles-held.service.ts'
import { fold } from '../text.ts'
import { inTx } from '../transactions.ts'
import { deleteProof, selectProof, upsertProof } from './email-proofs.queries.ts'

const lifeMs = 24 * 3_600_000
const keyForm = /^[0-9a-f]{40}$/

/**
 * Mails a key to the address of a profile, with which its person proves that they read mail there: once, within a day, and as long
 * as the profile has the address. A key before it ends. `compose` words the mail. Throws `profile_not_found`,
 * `input_invalid` for a profile without an e-mail, and what sending a mail throws.
 */
export async function sendEmailProof(
  ctx: Ctx,
  profileId: string,
  compose: (key: string) => Pick<MailInput, 'subject' | 'text'>,
): Promise<void> {
  requireScope(ctx, 'profiles:write')
  const key = randomBytes(20).toString('hex')
  await inTx(ctx, async (tx) => {
    const { id, email } = await lockProfile(tx, { by: 'id', value: profileId })
    if (email === null) throw invalid({ path: ['email'], rule: 'required' })
    const expiresAt = new Date(tx.now.getTime() + lifeMs)
    await upsertProof(tx, { profileId: id, emailFolded: fold(email), keyHash: hashOf(key), expiresAt })
    await sendMail(tx, { to: email, ...compose(key) })
  })
}

/**
 * Notes that the person behind a key reads mail at their address; the key ends. Throws `email_proof_invalid` for an unknown or
 * ended one, and when the profile has another address by now.
 */
export async function proveEmail(
  ctx: Ctx,
  key: string,
  options: Pick<UpdateOptions, 'changeAttributes'> = {},
): Promise<Profile> {
  requireScope(ctx, 'profiles:write')
  const refused = () => new DomainFault({ code: 'email_proof_invalid' })
  if (!keyForm.test(key)) throw refused()
  return inTx(ctx, async (tx) => {
    const known = await selectProof(tx, hashOf(key))
    if (known === undefined) throw refused()
    const profile = await lockProfile(tx, { by: 'id', value: known.profileId })
    // Looked at again behind the lock: two that come with one key are let in one after the other.
    const proof = await selectProof(tx, hashOf(key))
    const holds = proof !== undefined && proof.expiresAt > tx.now && profile.email !== null
    if (!holds || fold(profile.email ?? '') !== proof.emailFolded) throw refused()
    await deleteProof(tx, profile.id)
    return markEmailVerified(tx, profile, options)
  })
}

/** Inside a transaction: ends the key of a profile, if it has one. */
export async function removeEmailProof(tx: Ctx, profileId: string): Promise<void> {
  await deleteProof(tx, profileId)
}

/** SHA-256 without stretch: a key has 160 random bits. */
function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
