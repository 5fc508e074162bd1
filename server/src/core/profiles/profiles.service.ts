import { type AppJobCtx, type Ctx, requireScope } from '../context.ts'
import { DomainFault, type Issue } from '../errors.ts'
import { requireProfileLists } from '../profile-lists/profile-lists.service.ts'
import { fold, isStorable } from '../text.ts'
import { inOneStatement, inTx } from '../transactions.ts'
import { checkAttributes, withAttributes } from './attributes.rules.ts'
import { changed, newProfile, unsubscribed, withEveryField } from './changes.rules.ts'
import { isCallingCode, splitPhone } from './phones.rules.ts'
import { sameEmail } from './profiles.events.ts'
import {
  selectMerged,
  selectProfile,
  selectProfileForUpdate,
  selectProfileIds,
  selectProfilesByUsernames,
  selectTakenIdentifiers,
  usernamesChannel,
} from './profiles.queries.ts'
import { checkProfileInput, formsOf, type ProfileForms, reviewProfileInput } from './profiles.rules.ts'
import type {
  Attributes,
  CreateOptions,
  Profile,
  ProfileIds,
  ProfileInput,
  ProfileKey,
  UpdateOptions,
} from './profiles.types.ts'
import { checkRevision, findByKey, found, writeChange } from './profiles-access.service.ts'
import { insertProfile } from './profiles-insert.queries.ts'
import { findSuppressed, suppress, suppressible } from './suppressions.service.ts'

export { checkAttributes, isCallingCode, sameEmail, splitPhone, usernamesChannel }

const maxDraws = 5

/**
 * Makes a profile. Throws `input_invalid` with every broken field, `identifier_taken` with every identifier that
 * another live profile holds, `identifier_suppressed` with those of somebody who was unsubscribed. All creates of every
 * dialect come through here.
 */
export async function createProfile(ctx: Ctx, input: ProfileInput, options: CreateOptions = {}): Promise<Profile> {
  requireScope(ctx, 'profiles:write')
  const checked = checkProfileInput(input)
  const profile = await inOneStatement(ctx, async (tx) => {
    await requireProfileLists(tx, checked.listIds ?? [])
    return insertWithFreshIds(tx, checked, options)
  })
  return asAnswered(ctx, profile)
}

/** Every rule that the input breaks, and, of the fields that keep theirs, the input as it would be stored. Asks nothing. */
export function reviewInput(input: ProfileInput): { sound: ProfileInput; issues: readonly Issue[] } {
  const { checked, issues } = reviewProfileInput(input)
  const broken = new Set(issues.map(({ path }) => path[0]))
  const kept = Object.entries(checked).filter(([field]) => !broken.has(field))
  return { sound: Object.fromEntries(kept) as ProfileInput, issues }
}

/**
 * The identifiers that a new profile of a sound input cannot have, as issues `taken` and `suppressed`. They may be free, or
 * taken, by the time it is made.
 */
export async function findUnusableIdentifiers(ctx: Ctx, sound: ProfileInput): Promise<Issue[]> {
  requireScope(ctx, 'profiles:write')
  const profile = newProfile(sound)
  const forms = formsOf(profile)
  return unusable(ctx, profile, forms, forms)
}

/**
 * The identifiers that a profile cannot have after a change, as issues `taken` and `suppressed`, and writes nothing. They may be free, or
 * taken, by the time it is changed. Needs `profiles:write`.
 */
export async function findUnusableAfter(ctx: Ctx, before: Profile, sound: ProfileInput): Promise<Issue[]> {
  requireScope(ctx, 'profiles:write')
  const after = changed(before, sound, ctx.now)
  const forms = formsOf(after)
  return unusable(ctx, after, forms, changedForms(formsOf(before), forms))
}

/** The identifiers of a profile that are another's, and those of the fresh ones that are somebody's who was unsubscribed. */
async function unusable(ctx: Ctx, profile: Profile, forms: ProfileForms, fresh: ProfileForms): Promise<Issue[]> {
  const [taken, suppressed] = await Promise.all([
    selectTakenIdentifiers(ctx, profile, forms),
    findSuppressed(ctx, fresh),
  ])
  return [
    ...taken.map((field): Issue => ({ path: [field], rule: 'taken' })),
    ...suppressed.map((field): Issue => ({ path: [field], rule: 'suppressed' })),
  ]
}

async function insertWithFreshIds(ctx: Ctx, input: ProfileInput, { newToken }: CreateOptions): Promise<Profile> {
  for (let draw = 1; draw <= maxDraws; draw++) {
    const profile = newProfile(input, ctx.actor.kind === 'profile' ? ctx.actor.id : null)
    const forms = formsOf(profile)
    const hashes = suppressible(ctx, forms).map(({ hash }) => hash)
    if (await insertProfile(ctx, { profile, forms, hashes, token: newToken?.(profile.id) })) return profile
    await refuseUnusable(ctx, profile, forms, forms)
    // Nothing of the caller's is taken (any more): the holder has just gone, or a drawn id was not free. Draw again.
  }
  throw new DomainFault({ code: 'internal' }, new Error(`No free ids in ${maxDraws} draws`))
}

/** The profile that a key names. Throws `profile_not_found`. */
export async function getProfile(ctx: Ctx, key: ProfileKey): Promise<Profile> {
  requireScope(ctx, 'profiles:read')
  return found(await findByKey(ctx, key, selectProfile))
}

/** The ids of the profile that a key names; by an id also of one that was deleted or merged. Throws `profile_not_found`. */
export async function getProfileIds(ctx: Ctx, key: ProfileKey): Promise<ProfileIds> {
  requireScope(ctx, 'profiles:read')
  return found(await findByKey(ctx, key, selectProfileIds))
}

/** The one profile that every key names; undefined when a key names none, or two keys name two. */
export async function findProfile(ctx: Ctx, keys: readonly ProfileKey[]): Promise<Profile | undefined> {
  requireScope(ctx, 'profiles:read')
  const [first, ...others] = await Promise.all(keys.map((key) => findByKey(ctx, key, selectProfile)))
  return others.every((other) => other?.id === first?.id) ? first : undefined
}

/** The profiles that have one of the usernames, in the order of their folded names; one statement however many there are. */
export async function findProfilesByUsernames(ctx: Ctx, names: readonly string[]): Promise<Profile[]> {
  requireScope(ctx, 'profiles:read')
  const folded = names.filter(isStorable).map(fold)
  return folded.length === 0 ? [] : selectProfilesByUsernames(ctx, folded)
}

/**
 * Changes what the input names and leaves the rest. A change that changes nothing keeps the revision.
 * Throws `profile_not_found`, `revision_stale`, `input_invalid`, `identifier_taken`, `identifier_suppressed`.
 */
export async function updateProfile(
  ctx: Ctx,
  key: ProfileKey,
  input: ProfileInput,
  options: UpdateOptions = {},
): Promise<Profile> {
  requireScope(ctx, 'profiles:write')
  const checked = checkProfileInput(input)
  const profile = await inTx(ctx, async (tx) => {
    const before = found(await findByKey(tx, key, selectProfileForUpdate))
    checkRevision(before, options)
    // A list that is gone may stay where it is named, so that what was read can be sent back.
    await requireProfileLists(tx, checked.listIds ?? [], before.listIds)
    const attributes = options.changeAttributes && { attributes: options.changeAttributes(before.attributes) }
    const wanted = changed(before, { ...checked, ...(attributes && checkProfileInput(attributes)) }, tx.now)
    if (wanted === before) return before
    const after = options.emailProven ? { ...wanted, emailVerifiedAt: tx.now } : wanted
    const forms = formsOf(after)
    await refuseUnusable(tx, after, forms, changedForms(formsOf(before), forms))
    await writeChange(tx, before, after)
    // Also what an unsubscribed person is given later.
    if (after.unsubscribedAt !== null) await suppress(tx, after)
    return after
  })
  return asAnswered(ctx, profile)
}

/**
 * Sets attributes of a profile one by one on the installation's own authority, in a job; null takes one away, the others stay. False
 * when there is no such profile (any more). Throws `input_invalid` when the profile cannot hold what they become.
 */
export async function setAttributes(ctx: AppJobCtx, key: ProfileKey, named: Attributes): Promise<boolean> {
  return inTx(ctx, async (tx) => {
    const before = await findByKey(tx, key, selectProfileForUpdate)
    if (before === undefined) return false
    await writeChange(
      tx,
      before,
      changed(before, checkProfileInput({ attributes: withAttributes(before.attributes, named) }), tx.now),
    )
    return true
  })
}

/**
 * Marks that the person of a profile is not to be engaged any more, and keeps their e-mail and phone from every profile from now
 * on. Doing it again keeps those that the profile was given since, and changes nothing else. Throws `profile_not_found`.
 */
export async function unsubscribeProfile(ctx: Ctx, key: ProfileKey): Promise<Profile> {
  requireScope(ctx, 'profiles:write')
  const profile = await inTx(ctx, async (tx) => {
    const before = found(await findByKey(tx, key, selectProfileForUpdate))
    const after = unsubscribed(before, tx.now)
    await writeChange(tx, before, after)
    await suppress(tx, after)
    return after
  })
  return asAnswered(ctx, profile)
}

/** The ids under which a profile's history stands: its own, and those of the profiles that were merged into it. */
export async function listHistoryIds(ctx: Ctx, profileId: string): Promise<string[]> {
  return [profileId, ...(await selectMerged(ctx, profileId))]
}

/**
 * What a command gives its caller. A result that an older version kept under an idempotency key lacks the fields that came since.
 */
export function asAnswered(ctx: Ctx, profile: Profile): Profile {
  return ctx.idempotency?.replayed ? withEveryField(profile) : profile
}

/** Throws when an identifier is another profile's, or, of the `fresh` ones, somebody's who was unsubscribed. */
async function refuseUnusable(ctx: Ctx, profile: Profile, forms: ProfileForms, fresh: ProfileForms): Promise<void> {
  const taken = await selectTakenIdentifiers(ctx, profile, forms)
  if (taken.length > 0) throw new DomainFault({ code: 'identifier_taken', fields: taken })
  const fields = await findSuppressed(ctx, fresh)
  if (fields.length > 0) throw new DomainFault({ code: 'identifier_suppressed', fields })
}

function changedForms(before: ProfileForms, after: ProfileForms): ProfileForms {
  const kept = { emailFolded: before.emailFolded, phoneE164: before.phoneE164 }
  return {
    ...after,
    emailFolded: after.emailFolded === kept.emailFolded ? null : after.emailFolded,
    phoneE164: after.phoneE164 === kept.phoneE164 ? null : after.phoneE164,
  }
}
