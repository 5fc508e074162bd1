import { type Ctx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { findProfile, getProfile } from '../profiles/profiles.service.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import { fold, isStorable, lengthOf } from '../text.ts'
import { selectLoginCandidate, selectPassword, upgradeHash } from './credentials.queries.ts'
import type { LoginInput, PasswordProof, SessionTokens } from './credentials.types.ts'
import { type Attempt, countedFailure, nameAccount, provePassword } from './login-failures.service.ts'
import { openSession } from './sessions.service.ts'

const longestName = 254

/**
 * The person whom a username or an e-mail names and whose password it is. Throws `login_failed`, the same for an unknown name, a
 * person without a password and a wrong one; `login_locked` after ten of them from one address, until 30 minutes after the last;
 * `hashing_exhausted`. Needs `profiles:read`.
 */
export async function login(ctx: Ctx, input: LoginInput): Promise<Profile> {
  return (await prove(ctx, input)).profile
}

const maxTries = 3
/** What became of who had just proved themselves. */
const overtaken: ReadonlySet<string> = new Set(['login_failed', 'profile_not_found'])

/**
 * The same, and begins a session. A password that was changed while it was looked at opens none. Throws what `login` throws. Needs
 * `profiles:read` and `profiles:write`.
 */
export async function signIn(ctx: Ctx, input: LoginInput): Promise<SessionTokens> {
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    const { profile, hash } = await prove(ctx, input)
    try {
      return await openSession(ctx, profile.id, hash)
    } catch (error) {
      // Another hash is the present one by now, of another password or of the same, or the person is gone: the next try finds out.
      if (!(error instanceof DomainFault && overtaken.has(error.fault.code))) throw error
    }
  }
  throw new DomainFault({ code: 'internal' }, new Error(`A password changed ${maxTries} times meanwhile`))
}

/** The person behind a name and a password, and the hash that it was proved by, as it is stored now. */
async function prove(ctx: Ctx, { name, password, address }: LoginInput): Promise<{ profile: Profile; hash: string }> {
  requireScope(ctx, 'profiles:read')
  const foldedName = toFoldedName(name)
  const attempt: Attempt = { purpose: 'login', account: nameAccount(foldedName), address, password, admits: true }
  const candidate = await selectLoginCandidate(ctx, foldedName)
  const { outdated } = await provePassword(ctx, attempt, candidate?.hash ?? undefined)
  const profile = candidate && (await findProfile(ctx, [{ by: 'id', value: candidate.profileId }]))
  // It was deleted since, and nobody has the name.
  if (candidate?.hash == null || profile === undefined) throw await countedFailure(ctx, attempt)
  const hash = outdated ? await upgrade(ctx, profile.id, candidate.hash, password) : candidate.hash
  return { profile, hash }
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

/**
 * Hashes anew what was hashed otherwise than new passwords are, and gives the hash that is there then. Who is let in must not wait for
 * room to do so.
 */
async function upgrade(ctx: Ctx, profileId: string, before: string, password: string): Promise<string> {
  try {
    const hash = await ctx.passwords.hash(password)
    return (await upgradeHash(ctx, profileId, before, hash)) ? hash : before
  } catch (error) {
    if (!(error instanceof DomainFault && error.fault.code === 'hashing_exhausted')) throw error
    return before
  }
}

/** The form in which names are compared; one that nobody can have for every text that is no name. */
function toFoldedName(name: string): string {
  return name.length <= 2 * longestName && lengthOf(name) <= longestName && isStorable(name) ? fold(name) : ''
}
