import { columnsOfProfile } from '../profile-row.ts'
import type { ProfileForms } from './profiles.rules.ts'
import type { Profile } from './profiles.types.ts'

const columnsOfForms = {
  username_folded: 'usernameFolded',
  email_folded: 'emailFolded',
  phone_e164: 'phoneE164',
  name_words: 'nameWords',
} as const satisfies Record<string, keyof ProfileForms>

export type WrittenColumn = keyof typeof columnsOfProfile | keyof typeof columnsOfForms

/** The columns that a statement writes of a profile beside `app_id`, in the order of `valuesOfProfile`. */
export const writtenColumns = [
  ...Object.keys(columnsOfProfile),
  ...Object.keys(columnsOfForms),
] as readonly WrittenColumn[]

const types: Partial<Record<WrittenColumn, string>> = {
  id: 'uuid',
  uid: 'bigint',
  long_id: 'numeric',
  number: 'bigint',
  revision: 'integer',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  email_verified_at: 'timestamptz',
  require_auth: 'boolean',
  attributes: 'jsonb',
  list_ids: 'uuid[]',
  unsubscribed_at: 'timestamptz',
  created_by: 'uuid',
  name_words: 'text[]',
}

/** The type of a column as a parameter has it. Lengths are the table's to enforce: a cast would cut what is too long. */
export function typeOfColumn(column: WrittenColumn): string {
  return types[column] ?? 'text'
}

/** What the columns hold of a profile. */
export function valuesOfProfile(profile: Profile, profileForms: ProfileForms): unknown[] {
  return [...valuesOf(columnsOfProfile, profile), ...Object.values(columnsOfForms).map((name) => profileForms[name])]
}

function valuesOf(columns: Record<string, keyof Profile>, profile: Profile): unknown[] {
  return Object.values(columns).map((name) => (name === 'attributes' ? JSON.stringify(profile[name]) : profile[name]))
}

/** The columns that are wiped when a profile ends. */
export const wipedColumns = writtenColumns.filter(
  (column) => !['id', 'uid', 'long_id', 'number', 'revision', 'created_at', 'updated_at', 'type'].includes(column),
)
