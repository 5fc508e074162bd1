import { type AppJobCtx, type Ctx, requireScope } from '../context.ts'
import { DomainFault, type Issue, invalid } from '../errors.ts'
import { recordEvent } from '../events.ts'
import { findStoredResult } from '../idempotency.ts'
import { createProfile, findUnusableIdentifiers, getProfile, reviewInput } from '../profiles/profiles.service.ts'
import type { Profile, ProfileInput, ProfileKey } from '../profiles/profiles.types.ts'
import { holdProfile, lockProfile } from '../profiles/profiles-held.service.ts'
import { inOneStatement, inTx } from '../transactions.ts'
import {
  deletePassword,
  insertPassword,
  movePassword,
  replacePassword,
  type StoredPassword,
  selectPassword,
  upsertImportedPassword,
} from './credentials.queries.ts'
import type {
  PasswordChange,
  PasswordProof,
  PersonTokens,
  RegisteredPerson,
  Registration,
} from './credentials.types.ts'
import { countedAddress } from './login-failures.rules.ts'
import { forgetFailuresOf, profileAccount, provePassword } from './login-failures.service.ts'
import { readPasswordHash } from './password-hashes.rules.ts'
import { findPasswordIssues, isImpossiblePassword, rememberedPasswords } from './passwords.rules.ts'
import { newPermanentToken } from './profile-tokens.rules.ts'
import { endTokens, moveTokens, renewTokens } from './profile-tokens.service.ts'
import { endSessions, moveSessions } from './sessions.service.ts'
import type { OwnTexts } from './similarity.rules.ts'

export { countedAddress, findPasswordIssues, isImpossiblePassword }

/**
 * Every reason why somebody cannot register like this, at once and without writing: fields that break a rule, identifiers that are
 * taken or suppressed, and what is wrong with the password, under the path `password`. Needs `profiles:write`.
 */
export async function checkRegistration(ctx: Ctx, { profile, password }: Registration): Promise<Issue[]> {
  const { sound, issues } = reviewInput(profile)
  return [...issues, ...(await findUnusableIdentifiers(ctx, sound)), ...(await passwordIssues(password, sound))]
}

/**
 * Makes a profile with its password, if there is one, and its permanent token, all or nothing. Throws `input_invalid` with every rule
 * that a field or the password breaks, `hashing_exhausted`, and what `createProfile` throws. Needs `profiles:write`.
 */
export async function registerPerson(ctx: Ctx, { profile, password }: Registration): Promise<RegisteredPerson> {
  requireScope(ctx, 'profiles:write')
  const stored = await findStoredResult<RegisteredPerson>(ctx)
  if (stored !== undefined) return stored.result
  // Before the transaction: no connection is held while others hash.
  const hash = password ? await hashSound(ctx, profile, password) : undefined
  const register = async (tx: Ctx) => {
    let token = ''
    const newToken = (profileId: string) => {
      const fresh = newPermanentToken(tx.keys, profileId)
      token = fresh.token
      return fresh
    }
    const made = await createProfile(tx, profile, { newToken })
    if (hash !== undefined) await insertPassword(tx, made.id, hash, made.createdAt)
    return { profile: made, token }
  }
  return hash === undefined ? inOneStatement(ctx, register) : inTx(ctx, register)
}

/** The hash of a password. Throws `input_invalid` with every rule that it or the profile breaks, since hashing costs more than to look. */
async function hashSound(ctx: Ctx, profile: ProfileInput, password: string): Promise<string> {
  const { sound, issues } = reviewInput(profile)
  const all = [...issues, ...(await passwordIssues(password, sound))]
  if (all.length > 0) throw invalid(...all)
  return ctx.passwords.hash(password)
}

const maxTries = 3

/**
 * Changes a password, gives the person new tokens in the place of those they had, and ends their sessions, but for the one in which
 * they change it. Throws `password_wrong` with the tries that are
 * left, `password_locked` from the tenth wrong one on, `input_invalid` with every rule that the new one breaks,
 * `hashing_exhausted`, `profile_not_found`. Needs `profiles:read` and `profiles:write`.
 */
export async function changePassword(ctx: Ctx, profileId: string, change: PasswordChange): Promise<PersonTokens> {
  requireScope(ctx, 'profiles:write')
  const stored = await findStoredResult<PersonTokens>(ctx)
  if (stored !== undefined) return stored.result
  const profile = await getProfile(ctx, { by: 'id', value: profileId })
  const { current, next, address } = change
  const account = profileAccount(profile.id)
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    const before = await selectPassword(ctx, profile.id)
    await provePassword(ctx, { purpose: 'change', account, address, password: current, admits: false }, before?.hash)
    if (before === undefined) break
    const issues = await changeIssues(ctx, next, profile, before)
    if (issues.length > 0) throw invalid(...issues)
    const hash = await ctx.passwords.hash(next)
    const { alongside, sessionId } = change
    const tokens = await storeChange(ctx, { profileId: profile.id, before, hash, alongside, sessionId })
    if (tokens !== undefined) return tokens
    // Another hash is the present one by now: of another password, which the next try finds, or of the same.
  }
  throw new DomainFault(
    { code: 'internal' },
    new Error(`The password of a profile changed ${maxTries} times meanwhile`),
  )
}

/**
 * Every rule that a new password of a profile breaks, under the path `password`, but for repetition, which only the owner of the present
 * one is told of. Throws `profile_not_found`. Needs `profiles:read`.
 */
export async function reviewNewPassword(ctx: Ctx, profileId: string, next: string): Promise<Issue[]> {
  return atPassword(await findPasswordIssues(next, await getProfile(ctx, { by: 'id', value: profileId })))
}

/**
 * Has a person prove their password before they change it, and changes nothing. Counted with the changes. Throws `password_wrong`,
 * `password_locked`, `hashing_exhausted`. Needs `profiles:read`.
 */
export async function proveCurrentPassword(
  ctx: Ctx,
  profileId: string,
  { password, address }: PasswordProof,
): Promise<void> {
  requireScope(ctx, 'profiles:read')
  const stored = await selectPassword(ctx, profileId)
  const account = profileAccount(profileId)
  await provePassword(ctx, { purpose: 'change', account, address, password, admits: false }, stored?.hash)
}

/** When the password of a profile was set or changed; undefined when it has none. Needs `profiles:read`. */
export async function findPasswordChange(ctx: Ctx, profileId: string): Promise<Date | undefined> {
  requireScope(ctx, 'profiles:read')
  return (await selectPassword(ctx, profileId))?.changedAt
}

/**
 * Gives a profile a password that was hashed elsewhere, on the installation's own authority. `kept` when one was set here
 * since, which stays. Throws `profile_not_found`, and `input_invalid` for a hash of an unknown form or one that costs too much.
 */
export async function importPasswordHash(ctx: AppJobCtx, key: ProfileKey, hash: string): Promise<'imported' | 'kept'> {
  if (readPasswordHash(hash) === undefined) throw invalid({ path: ['hash'], rule: 'format' })
  return inTx(ctx, async (tx) => {
    const { id } = await holdProfile(tx, key)
    return (await upsertImportedPassword(tx, id, hash, tx.now)) ? 'imported' : 'kept'
  })
}

/** Inside a transaction that holds the profile: removes all that its person could prove themselves with. */
export async function removeCredentials(tx: Ctx, profile: Profile): Promise<void> {
  await deletePassword(tx, profile.id)
  await endTokens(tx, profile.id, null)
  await endSessions(tx, profile.id)
  await forgetFailuresOf(tx, profile)
}

/**
 * Inside a transaction that holds both: gives a target without a password the source's, its tokens and sessions, else
 * removes them.
 */
export async function moveCredentials(tx: Ctx, source: Profile, targetId: string): Promise<void> {
  if ((await selectPassword(tx, targetId)) === undefined) {
    await movePassword(tx, source.id, targetId)
    await moveTokens(tx, source.id, targetId)
    await moveSessions(tx, source.id, targetId)
  }
  await removeCredentials(tx, source)
}

async function passwordIssues(password: string | undefined, sound: ProfileInput): Promise<Issue[]> {
  if (!password) return []
  const { username = null, firstName = null, lastName = null, email = null } = sound
  return atPassword(await findPasswordIssues(password, { username, firstName, lastName, email }))
}

async function changeIssues(ctx: Ctx, next: string, own: OwnTexts, before: StoredPassword): Promise<Issue[]> {
  const issues = await findPasswordIssues(next, own)
  // What cannot be a password was never one.
  if (issues.some(({ rule }) => rule === 'too_long' || rule === 'text')) return atPassword(issues)
  return atPassword((await isReused(ctx, next, before)) ? [...issues, { rule: 'reused' }] : issues)
}

async function isReused(ctx: Ctx, next: string, before: StoredPassword): Promise<boolean> {
  for (const hash of [before.hash, ...before.previousHashes]) {
    if ((await ctx.passwords.verify(hash, next)).matches) return true
  }
  return false
}

function atPassword(issues: readonly Omit<Issue, 'path'>[]): Issue[] {
  return issues.map((issue) => ({ path: ['password'], ...issue }))
}

interface NewPassword extends Pick<PasswordChange, 'alongside' | 'sessionId'> {
  readonly profileId: string
  readonly before: StoredPassword
  readonly hash: string
}

/** Undefined when the password that was proved is no longer the present one. */
async function storeChange(
  ctx: Ctx,
  { profileId, before, hash, alongside, sessionId }: NewPassword,
): Promise<PersonTokens | undefined> {
  return inTx(ctx, async (tx) => {
    await lockProfile(tx, { by: 'id', value: profileId })
    const previousHashes = [before.hash, ...before.previousHashes].slice(0, rememberedPasswords)
    const after = { hash, previousHashes, changedAt: tx.now }
    if (!(await replacePassword(tx, profileId, before.hash, after))) return undefined
    const data = { before: { passwordChangedAt: before.changedAt }, after: { passwordChangedAt: after.changedAt } }
    await recordEvent(tx, tx.appId, { type: 'profile.password_changed', subjectId: profileId, at: tx.now, data })
    await alongside?.(tx)
    await endSessions(tx, profileId, sessionId)
    return renewTokens(tx, profileId)
  })
}
