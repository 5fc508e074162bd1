import { isDeepStrictEqual } from 'node:util'
import { type Ctx, requireScope } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { isUuid, newId, newLongId, newNumber, newUid, timeOfId } from '../ids.ts'
import type { CountedPage, OffsetPage } from '../pagination.ts'
import { fold, isStorable } from '../text.ts'
import { inOneStatement, inTx } from '../transactions.ts'
import { namesAfter } from './names.rules.ts'
import { changedEvent, createdEvent, deletedEvent, sameEmail } from './profiles.events.ts'
import {
  deleteProfileRow,
  insertProfile,
  selectPage,
  selectProfile,
  selectProfileForUpdate,
  selectTakenIdentifiers,
  updateProfileRow,
} from './profiles.queries.ts'
import { checkProfileInput, formsOf, phoneToFind } from './profiles.rules.ts'
import type { Profile, ProfileInput, ProfileKey } from './profiles.types.ts'

const maxDraws = 5

/**
 * Makes a profile. Throws `input_invalid` with every broken field, `identifier_taken` with every identifier that
 * another live profile holds. All creates of every dialect come through here.
 */
export async function createProfile(ctx: Ctx, input: ProfileInput): Promise<Profile> {
  requireScope(ctx, 'profiles:write')
  const checked = checkProfileInput(input)
  return inOneStatement(ctx, (tx) => insertWithFreshIds(tx, checked))
}

async function insertWithFreshIds(ctx: Ctx, input: ProfileInput): Promise<Profile> {
  for (let draw = 1; draw <= maxDraws; draw++) {
    const profile = newProfile(input)
    const forms = formsOf(profile)
    if (await insertProfile(ctx, profile, forms, createdEvent(profile))) return profile
    const fields = await selectTakenIdentifiers(ctx, profile, forms)
    if (fields.length > 0) throw new DomainFault({ code: 'identifier_taken', fields })
    // Nothing of the caller's is taken (any more): the holder has just gone, or a drawn id was not free. Draw again.
  }
  throw new DomainFault({ code: 'internal' }, new Error(`No free ids in ${maxDraws} draws`))
}

/** The profile that a key names. Throws `profile_not_found`. */
export async function getProfile(ctx: Ctx, key: ProfileKey): Promise<Profile> {
  requireScope(ctx, 'profiles:read')
  return found(await findByKey(ctx, key, selectProfile))
}

/** The one profile that every key names; undefined when a key names none, or two keys name two. */
export async function findProfile(ctx: Ctx, keys: readonly ProfileKey[]): Promise<Profile | undefined> {
  requireScope(ctx, 'profiles:read')
  const [first, ...others] = await Promise.all(keys.map((key) => findByKey(ctx, key, selectProfile)))
  return others.every((other) => other?.id === first?.id) ? first : undefined
}

export interface UpdateOptions {
  /** Refuse unless one of these is the profile's revision. */
  readonly ifRevision?: readonly number[] | undefined
}

/**
 * Changes what the input names and leaves the rest. A change that changes nothing keeps the revision.
 * Throws `profile_not_found`, `revision_stale`, `input_invalid`, `identifier_taken`.
 */
export async function updateProfile(
  ctx: Ctx,
  key: ProfileKey,
  input: ProfileInput,
  options: UpdateOptions = {},
): Promise<Profile> {
  requireScope(ctx, 'profiles:write')
  const checked = checkProfileInput(input)
  return inTx(ctx, async (tx) => {
    const before = found(await findByKey(tx, key, selectProfileForUpdate))
    checkRevision(before, options)
    const after = changed(before, checked, tx.now)
    if (after === before) return before
    const forms = formsOf(after)
    const fields = await selectTakenIdentifiers(tx, after, forms)
    if (fields.length > 0) throw new DomainFault({ code: 'identifier_taken', fields })
    await updateProfileRow(tx, formsOf(before), after, forms, changedEvent(before, after))
    return after
  })
}

/** Deletes a profile for good: it answers as not found, its identifiers are free. */
export async function deleteProfile(ctx: Ctx, key: ProfileKey, options: UpdateOptions = {}): Promise<void> {
  requireScope(ctx, 'profiles:write')
  return inTx(ctx, async (tx) => {
    const before = found(await findByKey(tx, key, selectProfileForUpdate))
    checkRevision(before, options)
    await deleteProfileRow(tx, before.id, formsOf(before).nameWords ?? [], deletedEvent(before, tx.now))
  })
}

/** One page in order of creation, with the exact number of live profiles in the same snapshot. */
export async function listProfilesByOffset(ctx: Ctx, page: OffsetPage): Promise<CountedPage<Profile>> {
  requireScope(ctx, 'profiles:read')
  return selectPage(ctx, page)
}

type Settable = Omit<Profile, 'id' | 'uid' | 'longId' | 'number' | 'revision' | 'createdAt' | 'updatedAt'>

const blank: Settable = {
  type: 'User',
  reference: null,
  label: null,
  username: null,
  email: null,
  emailVerifiedAt: null,
  phone: null,
  firstName: null,
  lastName: null,
  fullName: null,
  country: null,
  city: null,
  organization: null,
  website: null,
  twitter: null,
  requireAuth: false,
  language: null,
  timezone: null,
  currency: null,
  attributes: {},
}

function newProfile(input: ProfileInput): Profile {
  const id = newId()
  const createdAt = timeOfId(id)
  return {
    id,
    uid: newUid(),
    longId: newLongId(createdAt),
    number: newNumber(),
    revision: 1,
    createdAt,
    updatedAt: createdAt,
    ...withChanges(blank, input),
  }
}

/** What the input sets, over what was there before. */
function withChanges<T extends Settable>(before: T, input: ProfileInput): T {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  return { ...before, ...given, ...namesAfter(before, input) }
}

/** The profile after a change; the same object when nothing differs. */
function changed(before: Profile, input: ProfileInput, now: Date): Profile {
  const wanted = withChanges(before, input)
  if (sameContent(before, wanted)) return before
  return {
    ...wanted,
    emailVerifiedAt: sameEmail(before, wanted) ? before.emailVerifiedAt : null,
    revision: before.revision + 1,
    // Clocks of nodes differ; a change never looks older than the one before it.
    updatedAt: now > before.updatedAt ? now : before.updatedAt,
  }
}

/** As JSON holds them: jsonb keeps no order of keys, and no -0. */
function sameContent(a: Profile, b: Profile): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
}

function checkRevision(profile: Profile, options: UpdateOptions): void {
  if (options.ifRevision === undefined || options.ifRevision.includes(profile.revision)) return
  throw new DomainFault({ code: 'revision_stale', revision: profile.revision })
}

type Select = (ctx: Ctx, key: ProfileKey) => Promise<Profile | undefined>

async function findByKey(ctx: Ctx, key: ProfileKey, select: Select): Promise<Profile | undefined> {
  const value = columnForm(key)
  return value === undefined ? undefined : select(ctx, { by: key.by, value })
}

/** The form in which the key's column holds the value, or undefined when no row can have it. */
function columnForm({ by, value }: ProfileKey): string | undefined {
  if (!isStorable(value)) return undefined
  switch (by) {
    case 'id':
      return isUuid(value) ? value : undefined
    case 'uid':
      return /^[1-9]\d{11}$/.test(value) ? value : undefined
    case 'username':
    case 'email':
      return fold(value)
    case 'phone':
      return phoneToFind(value)
    case 'reference':
      return value
  }
}

function found(profile: Profile | undefined): Profile {
  if (profile === undefined) throw new DomainFault({ code: 'profile_not_found' })
  return profile
}
