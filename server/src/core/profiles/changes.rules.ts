import { isDeepStrictEqual } from 'node:util'
import { invalid } from '../errors.ts'
import { newId, newLongId, newNumber, newUid, timeOfId } from '../ids.ts'
import { maxListsOfProfile } from '../profile-lists/profile-lists.types.ts'
import { checkAttributes } from './attributes.rules.ts'
import { namesAfter } from './names.rules.ts'
import { countryAfter, phoneAfter } from './phones.rules.ts'
import { sameEmail } from './profiles.events.ts'
import type { Attributes, Profile, ProfileInput, ProfileTexts } from './profiles.types.ts'

type Settable = Omit<Profile, 'id' | 'uid' | 'longId' | 'number' | 'revision' | 'createdAt' | 'updatedAt'>

const blank: Settable = {
  type: 'User',
  reference: null,
  label: null,
  username: null,
  email: null,
  emailVerifiedAt: null,
  picture: null,
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
  comment: null,
  attributes: {},
  listIds: [],
  unsubscribedAt: null,
  createdBy: null,
}

/** The profile with those fields too that it lacks altogether, empty. */
export function withEveryField(profile: Profile): Profile {
  return { ...blank, ...profile }
}

/** A profile that was never there, with ids of its own. `createdBy`: the profile whose person makes it, if one does. */
export function newProfile(input: ProfileInput, createdBy: string | null = null): Profile {
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
    createdBy,
  }
}

/** The profile after a change; the same object when nothing differs. */
export function changed(before: Profile, input: ProfileInput, now: Date): Profile {
  return nextRevision(before, withChanges(before, input), now)
}

/** The profile whose person was seen to read mail at its e-mail. */
export function emailVerified(before: Profile, now: Date): Profile {
  return { ...nextRevision(before, { ...before, emailVerifiedAt: now }, now), emailVerifiedAt: now }
}

/** The profile with another picture, or with none. */
export function pictured(before: Profile, picture: string | null, now: Date): Profile {
  return nextRevision(before, { ...before, picture }, now)
}

/** The profile whose person was unsubscribed; the same object when that was done before. */
export function unsubscribed(before: Profile, now: Date): Profile {
  return nextRevision(before, { ...before, unsubscribedAt: before.unsubscribedAt ?? now }, now)
}

const absorbable = [
  'reference',
  'label',
  'username',
  'phone',
  'country',
  'city',
  'organization',
  'website',
  'twitter',
  'language',
  'timezone',
  'currency',
  'comment',
] as const satisfies readonly (keyof ProfileTexts)[]

/**
 * The target of a merge with what only the source has; the same object when it lacks nothing. What the target has stays. The names
 * are one thing: a first name of one person and a last name of another would name nobody. The source's refusal to be
 * engaged goes with it. Throws `input_invalid` when the attributes or lists of both are more than one profile can hold.
 */
export function absorbed(target: Profile, source: Profile, now: Date): Profile {
  const texts = Object.fromEntries(
    absorbable.map((field) => [field, isEmpty(target[field]) ? source[field] : target[field]]),
  )
  const nameless = isEmpty(target.firstName) && isEmpty(target.lastName) && isEmpty(target.fullName)
  const { firstName, lastName, fullName } = nameless ? source : target
  const { email, emailVerifiedAt } = isEmpty(target.email) ? source : target
  const attributes = bothAttributes(target.attributes, source.attributes)
  const listIds = bothLists(target.listIds, source.listIds)
  const merged: Profile = {
    ...target,
    ...texts,
    ...{ firstName, lastName, fullName, attributes, email, listIds },
    picture: target.picture ?? source.picture,
    unsubscribedAt: target.unsubscribedAt ?? source.unsubscribedAt,
  }
  const after = nextRevision(target, merged, now)
  return after === target ? target : { ...after, emailVerifiedAt }
}

function bothAttributes(target: Attributes, source: Attributes): Attributes {
  const lacking = Object.entries(source).filter(([name]) => !Object.hasOwn(target, name) || isEmpty(target[name]))
  const both = { ...target, ...Object.fromEntries(lacking) }
  const broken = checkAttributes(both)
  if (broken !== undefined) throw invalid({ path: ['attributes'], ...broken })
  return both
}

function bothLists(target: readonly string[], source: readonly string[]): string[] {
  const both = [...new Set([...target, ...source])]
  if (both.length > maxListsOfProfile) {
    throw invalid({ path: ['listIds'], rule: 'too_long', limit: maxListsOfProfile })
  }
  return both
}

function isEmpty(value: unknown): boolean {
  return value === null || value === ''
}

/** What the input sets, over what was there before. */
function withChanges<T extends Settable>(before: T, input: ProfileInput): T {
  const { nationalPhone, ...rest } = input
  const change = nationalPhone === undefined ? rest : { ...rest, phone: phoneAfter(before, rest, nationalPhone) }
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  return { ...before, ...given, ...namesAfter(before, change), country: countryAfter(before, change) }
}

function nextRevision(before: Profile, wanted: Profile, now: Date): Profile {
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
