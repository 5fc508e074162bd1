import { issueApiKey, withdrawApiKey } from '../core/api-keys/api-keys.service.ts'
import type { Ctx } from '../core/context.ts'
import { type EventData, type EventType, eventKinds } from '../core/event-types.ts'
import { recordEvent } from '../core/events.ts'
import { isUuid, newId, newUid } from '../core/ids.ts'
import { deleteProfile } from '../core/profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, updateProfile } from '../core/profiles/profiles.service.ts'
import type { Profile, ProfileInput, ProfileKey } from '../core/profiles/profiles.types.ts'
import { findWrittenEvent, type WrittenEvent } from '../core/written-events.ts'

/**
 * Makes an event of the type, in the caller's transaction, by doing what writes such an event. What no command can do in
 * a sandbox alone is made up after the catalogue's example.
 */
export async function makeEvent(tx: Ctx, type: EventType): Promise<WrittenEvent> {
  const act = acts[type]
  if (act === undefined) {
    const { subjectId, data } = freshExample(type)
    return { id: await recordEvent(tx, tx.appId, { type, subjectId, at: tx.now, data }), type, subjectId }
  }
  await act(tx)
  const event = await findWrittenEvent(tx, tx.appId, type)
  if (event === undefined) throw new Error(`No ${type} was written`)
  return event
}

const keyLifeMs = 3_600_000

const acts: { readonly [type in EventType]?: (tx: Ctx) => Promise<unknown> } = {
  'profile.created': makeProfile,
  'profile.updated': (tx) => changeProfile(tx, { city: 'Paris', country: 'FR' }),
  'profile.email_changed': (tx) => changeProfile(tx, { email: `${nameOf(tx)}@example.org` }),
  'profile.deleted': async (tx) => {
    const profile = await makeProfile(tx)
    return deleteProfile(later(tx), keyOf(profile))
  },
  'api_key.created': makeApiKey,
  'api_key.revoked': async (tx) => {
    const { id } = await makeApiKey(tx)
    return withdrawApiKey(later(tx), tx.appId, id)
  },
}

function makeProfile(tx: Ctx): Promise<Profile> {
  const name = nameOf(tx)
  return createProfile(tx, {
    reference: name,
    email: `${name}@example.com`,
    firstName: 'Ada',
    lastName: 'Lovelace',
    city: 'London',
    country: 'GB',
    attributes: { madeBy: 'facet trigger' },
  })
}

async function changeProfile(tx: Ctx, input: ProfileInput): Promise<Profile> {
  const profile = await makeProfile(tx)
  return updateProfile(later(tx), keyOf(profile), input)
}

/** What is done to a thing that was just made is not done before it: a thing's time is that of its id. */
function later(tx: Ctx): Ctx {
  return { ...tx, now: new Date() }
}

/** Nobody learns its secret, so it need not stay. */
function makeApiKey(tx: Ctx): Promise<{ readonly id: string }> {
  const expiresAt = new Date(tx.now.getTime() + keyLifeMs)
  return issueApiKey(tx, tx.appId, { name: nameOf(tx), scopes: ['profiles:read'], expiresAt })
}

function keyOf({ id }: Profile): ProfileKey {
  return { by: 'id', value: id }
}

/** The time, and what keeps two of the same moment apart. */
function nameOf({ now }: Ctx): string {
  return `trigger-${now.getTime()}-${newId().slice(-4)}`
}

/** The catalogue's example of a type, with ids that no other has: two of them are about two things. */
function freshExample(type: EventType): { readonly subjectId: string; readonly data: EventData } {
  const fresh = new Map<string, string>()
  const data = JSON.parse(JSON.stringify(eventKinds[type].example), (name, value) => {
    if (typeof value !== 'string' || !(name === 'uid' || isUuid(value))) return value
    // The same id in two places of an example means the same thing.
    const id = fresh.get(value) ?? (name === 'uid' ? newUid() : newId())
    fresh.set(value, id)
    return id
  }) as EventData
  return { subjectId: subjectOf(type, data), data }
}

function subjectOf(type: EventType, { before, after }: EventData): string {
  const name = eventKinds[type].subject === 'profile' && 'profileId' in { ...before, ...after } ? 'profileId' : 'id'
  // What a change leaves as it is, its event does not tell: the id is then known to nobody.
  return String(after?.[name] ?? before?.[name] ?? newId())
}
