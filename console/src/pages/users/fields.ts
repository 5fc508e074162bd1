import type { Profile, ProfileBody, ProfileType } from '../../api/client.ts'

/** The texts of a profile that people may write, in the order of the form. */
export const textGroups = [
  { title: 'Identifiers', names: ['reference', 'username', 'email', 'phone'] },
  { title: 'Person', names: ['firstName', 'lastName', 'fullName', 'label', 'organization'] },
  { title: 'Place', names: ['country', 'city', 'timezone', 'language', 'currency'] },
  { title: 'Elsewhere', names: ['website', 'twitter'] },
] as const

export type TextName = (typeof textGroups)[number]['names'][number] | 'comment'

export const textNames: readonly TextName[] = [...textGroups.flatMap(({ names }) => names), 'comment']

interface FieldWords {
  readonly title: string
  readonly hint?: string
}

export const words: Readonly<Record<TextName, FieldWords>> = {
  reference: { title: 'Reference', hint: 'Your own id for them' },
  username: { title: 'Username' },
  email: { title: 'E-mail' },
  phone: { title: 'Phone', hint: 'With its calling code, written in any way' },
  firstName: { title: 'First name' },
  lastName: { title: 'Last name' },
  fullName: { title: 'Full name' },
  label: { title: 'Label' },
  organization: { title: 'Organization' },
  country: { title: 'Country' },
  city: { title: 'City' },
  timezone: { title: 'Time zone', hint: 'As Europe/Berlin' },
  language: { title: 'Language', hint: 'BCP 47, as pt-BR' },
  currency: { title: 'Currency', hint: 'ISO 4217, as EUR' },
  website: { title: 'Website' },
  twitter: { title: 'Twitter' },
  comment: { title: 'Comment' },
}

/** A profile as a form holds it: nothing is an empty text, and attributes are JSON as somebody writes it. */
export type FormValues = Record<TextName, string> & {
  type: ProfileType
  attributes: string
  listIds: string[]
  requireAuth: boolean
}

export function toForm(profile: Profile | undefined): FormValues {
  const texts = Object.fromEntries(textNames.map((name) => [name, profile?.[name] ?? '']))
  const attributes = profile?.attributes ?? {}
  return {
    ...(texts as Record<TextName, string>),
    type: profile?.type ?? 'User',
    attributes: Object.keys(attributes).length === 0 ? '' : JSON.stringify(attributes, null, 2),
    listIds: [...(profile?.listIds ?? [])],
    requireAuth: profile?.requireAuth ?? false,
  }
}

/**
 * What a request must say to get from one state of a form to another: only what differs, null for what was emptied. Throws a
 * SyntaxError when the attributes are no JSON.
 */
export function changesBetween(before: FormValues, after: FormValues): ProfileBody {
  const body: Record<string, unknown> = {}
  for (const name of textNames) if (after[name] !== before[name]) body[name] = after[name] === '' ? null : after[name]
  if (after.type !== before.type) body.type = after.type
  if (after.requireAuth !== before.requireAuth) body.requireAuth = after.requireAuth
  if (after.attributes.trim() !== before.attributes) body.attributes = readAttributes(after.attributes)
  if ([...after.listIds].sort().join() !== [...before.listIds].sort().join()) body.listIds = after.listIds
  return body
}

/** The attributes that a text holds; none for an empty one. Throws a SyntaxError for what is no JSON object. */
export function readAttributes(text: string): Record<string, unknown> {
  const value: unknown = text.trim() === '' ? {} : JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('Not an object')
  return value as Record<string, unknown>
}
