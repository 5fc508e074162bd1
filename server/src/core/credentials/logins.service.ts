import { type Ctx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { findProfile, getProfile } from '../profiles/profiles.service.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import { fold, isStorable, lengthOf } from '../text.ts'
import { selectLoginCandidate, selectPassword, upgradeHash } from './credentials.queries.ts'
import type { LoginInput, PasswordProof } from './credentials.types.ts'
import { type Attempt, countedFailure, nameAccount, provePassword } from './login-failures.service.ts'

const longestName = 254

/**
 * The person whom a username or an e-mail names and whose password it is. Throws `login_failed`, the same for an unknown name, a
 * person without a password and a wrong one; `login_locked` after ten of them from one address, until 30 minutes after the last;
 * `hashing_exhausted`. Needs `profiles:read`.
 */
export async function login(ctx: Ctx, { name, password, address }: LoginInput): Promise<Profile> {
  requireScope(ctx, 'profiles:read')
  const foldedName = toFoldedName(name)
  const attempt: Attempt = { purpose: 'login', account: nameAccount(foldedName), address, password, admits: true }
  const candidate = await selectLoginCandidate(ctx, foldedName)
  const { outdated } = await provePassword(ctx, attempt, candidate?.hash ?? undefined)
  const profile = candidate && (await findProfile(ctx, [{ by: 'id', value: candidate.profileId }]))
  // It was deleted since, and nobody has the name.
  if (candidate?.hash == null || profile === undefined) throw await countedFailure(ctx, attempt)
  if (outdated) await upgrade(ctx, profile.id, candidate.hash, password)
  return profile
}

/**
 * Has a person who is logged in prove themselves again. Wrong passwords are counted with those of logins under their username.
 * Throws `password_wrong`, `password_locked`, `hashing_exhausted`, `profile_not_found`. Needs `profiles:read`.
 */
export async function verifyPassword(ctx: Ctx, profileId: string, proof: PasswordProof): Promise<void> {
  const { id, username, email } = await getProfile(ctx, { by: 'id', value: profileId })
  const account = nameAccount(fold(username ?? email ?? id))
  const stored = await selectPassword(ctx, id)
  const { outdated } = await provePassword(ctx, { ...proof, purpose: 'login', account, admits: false }, stored?.hash)
  if (outdated && stored !== undefined) await upgrade(ctx, id, stored.hash, proof.password)
}

/** Hashes anew what was hashed otherwise than new passwords are. Who is let in must not wait for room to do so. */
async function upgrade(ctx: Ctx, profileId: string, before: string, password: string): Promise<void> {
  try {
    await upgradeHash(ctx, profileId, before, await ctx.passwords.hash(password))
  } catch (error) {
    if (!(error instanceof DomainFault && error.fault.code === 'hashing_exhausted')) throw error
  }
}

/** The form in which names are compared; one that nobody can have for every text that is no name. */
function toFoldedName(name: string): string {
  return name.length <= 2 * longestName && lengthOf(name) <= longestName && isStorable(name) ? fold(name) : ''
}
