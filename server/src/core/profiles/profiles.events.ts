import { differences, type NewEvent } from '../events.ts'
import { toMailbox } from '../text.ts'
import type { Profile } from './profiles.types.ts'

/** The event of a profile's creation. */
export function createdEvent(profile: Profile): NewEvent {
  return about(profile, 'profile.created', profile.createdAt, { before: null, after: present(profile) })
}

/** The event of a change: one, however many fields it touches; two that others must hear of have types of their own. */
export function changedEvent(before: Profile, after: Profile): NewEvent {
  return about(after, changeType(before, after), after.updatedAt, differences(told(before), told(after)))
}

function changeType(before: Profile, after: Profile): NewEvent['type'] {
  if (before.unsubscribedAt === null && after.unsubscribedAt !== null) return 'profile.unsubscribed'
  return sameEmail(before, after) ? 'profile.updated' : 'profile.email_changed'
}

/** The event of a profile's end in another. */
export function mergedEvent(source: Profile, targetId: string, at: Date): NewEvent {
  return about(source, 'profile.merged', at, { before: present(source), after: { mergedInto: targetId } })
}

/** The event of a deletion. */
export function deletedEvent(profile: Profile, at: Date): NewEvent {
  return about(profile, 'profile.deleted', at, { before: present(profile), after: null })
}

/**
 * Whether two states of a profile have the same mailbox: letters of ASCII in either case, and nothing else. Addresses that fold to one are
 * one identifier, and may be two mailboxes all the same.
 */
export function sameEmail(a: Pick<Profile, 'email'>, b: Pick<Profile, 'email'>): boolean {
  return mailboxOrNull(a.email) === mailboxOrNull(b.email)
}

function about(profile: Profile, type: NewEvent['type'], at: Date, data: NewEvent['data']): NewEvent {
  return { type, subjectId: profile.id, at, data }
}

/** What events tell of a profile: all that the native API shows. */
function told(profile: Profile): Omit<Profile, 'revision'> {
  const { revision: _, ...rest } = profile
  return rest
}

/** The fields that are set. */
function present(profile: Profile): Record<string, unknown> {
  const set: Record<string, unknown> = {}
  for (const name of namesOf(profile)) {
    const value = profile[name]
    if (value !== null && name !== 'revision' && !(isCollection(name) && Object.keys(value).length === 0)) {
      set[name] = value
    }
  }
  return set
}

const namesOf = (profile: Profile) => Object.keys(profile) as (keyof Profile)[]

function isCollection(name: string): boolean {
  return name === 'attributes' || name === 'listIds'
}

function mailboxOrNull(email: string | null): string | null {
  return email === null ? null : toMailbox(email)
}
