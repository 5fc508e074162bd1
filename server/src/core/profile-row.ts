import type { Profile } from './profiles/profiles.types.ts'

/** Each column of a profile beside its name in the entity, in the order in which statements write them. */
export const columnsOfProfile = {
  id: 'id',
  uid: 'uid',
  long_id: 'longId',
  number: 'number',
  revision: 'revision',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  type: 'type',
  reference: 'reference',
  label: 'label',
  username: 'username',
  email: 'email',
  email_verified_at: 'emailVerifiedAt',
  picture: 'picture',
  phone: 'phone',
  first_name: 'firstName',
  last_name: 'lastName',
  full_name: 'fullName',
  country: 'country',
  city: 'city',
  organization: 'organization',
  website: 'website',
  twitter: 'twitter',
  require_auth: 'requireAuth',
  language: 'language',
  timezone: 'timezone',
  currency: 'currency',
  comment: 'comment',
  attributes: 'attributes',
  list_ids: 'listIds',
  unsubscribed_at: 'unsubscribedAt',
  created_by: 'createdBy',
} as const satisfies Record<string, keyof Profile>

/** The select list of a whole profile, for the table alias `p`. */
export const profileColumns = Object.entries(columnsOfProfile)
  .map(([column, name]) => `p.${column} as "${name}"`)
  .join(', ')

/** A profile as the driver gives it: bigint as text. */
export type ProfileRow = Omit<Profile, 'number'> & { readonly number: string }

export function toProfile(row: ProfileRow): Profile {
  return { ...row, number: Number(row.number) }
}
