import type { AppJobCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { isLongId, isUuid } from '../ids.ts'
import { fold, isStorable } from '../text.ts'
import { phoneToFind } from './phones.rules.ts'
import { changedEvent } from './profiles.events.ts'
import { tellOfUsername, updateProfileRow } from './profiles.queries.ts'
import { formsOf } from './profiles.rules.ts'
import type { Profile, ProfileKey, UpdateOptions } from './profiles.types.ts'

/** How a profile is read: how much of it, and with which lock, if any. */
type Select<T> = (ctx: AppJobCtx, key: ProfileKey) => Promise<T | undefined>

/** What the select reads of the profile that a key names. */
export async function findByKey<T>(ctx: AppJobCtx, key: ProfileKey, select: Select<T>): Promise<T | undefined> {
  const value = columnForm(key)
  if (value === undefined) return undefined
  const noId = key.by === 'referenceOrId' && !isUuid(value)
  return select(ctx, { by: noId ? 'reference' : key.by, value })
}

/** The form in which the key's column holds the value, or undefined when no row can have it. */
function columnForm({ by, value }: ProfileKey): string | undefined {
  if (!isStorable(value)) return undefined
  switch (by) {
    case 'id':
      return isUuid(value) ? value : undefined
    case 'uid':
      return /^[1-9]\d{11}$/.test(value) ? value : undefined
    case 'longId':
      return isLongId(value) ? value : undefined
    case 'number':
      return /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value)) ? value : undefined
    case 'username':
    case 'email':
      return fold(value)
    case 'phone':
      return phoneToFind(value)
    case 'reference':
    case 'referenceOrId':
      return value
  }
}

/** Throws `profile_not_found` for none. */
export function found<T>(profile: T | undefined): T {
  if (profile === undefined) throw new DomainFault({ code: 'profile_not_found' })
  return profile
}

/** Writes what changed of a profile that the transaction has locked, and tells of it; nothing when it is the same object. */
export async function writeChange(tx: AppJobCtx, before: Profile, after: Profile): Promise<void> {
  if (after === before) return
  await updateProfileRow(tx, formsOf(before), after, formsOf(after), changedEvent(before, after))
  if ((after.username === null) !== (before.username === null)) await tellOfUsername(tx, after.id)
}

/** Throws `revision_stale`. */
export function checkRevision(profile: Profile, options: UpdateOptions): void {
  if (options.ifRevision === undefined || options.ifRevision.includes(profile.revision)) return
  throw new DomainFault({ code: 'revision_stale', revision: profile.revision })
}
