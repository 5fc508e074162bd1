import type { Issue } from '../../core/errors.ts'
import type { ProfileInput } from '../../core/profiles/profiles.types.ts'
import type { FieldErrors } from '../../http/refusal.ts'
import { tooLong } from './fields.ts'

/** The core's names of fields that have another one here. */
const wireNames: Readonly<Record<string, string>> = {
  firstName: 'first_name',
  lastName: 'last_name',
  phone: 'phone_number',
  nationalPhone: 'phone_number',
  country: 'country_code',
  language: 'languages',
  currency: 'currencies',
  timezone: 'timezones',
}

/** What is said of a value that another profile has, or somebody who was unsubscribed. */
const takenSentences: Readonly<Record<string, string>> = {
  username: 'Username is already taken. Please try another one.',
  phone_number: 'Phone number already taken. Please try another one.',
  email: 'There is a user registered with the specified E-Mail address.',
}

/** What is said of a value in a form that it must not have (seed 002, "Error Responses"; contracts/epixel.md 2.2). */
const formSentences: Readonly<Record<string, string>> = {
  email: 'Enter a valid email address.',
  phone_number: "Phone number must be entered in the format: '999999999'. Up to 15 digits allowed.",
  country_code: 'Invalid country code',
  username:
    'Username must be 5 to 250 characters: letters, digits, underscores and dots, no underscore or dot beside another.',
}

export const usernameSentence = formSentences.username ?? ''
export const phoneSentence = formSentences.phone_number ?? ''

/** The errors of fields that the core finds wrong, in the dialect's words; those that have errors already keep them. */
export function withIssues(errors: FieldErrors, issues: readonly Issue[]): FieldErrors {
  const all: Record<string, readonly string[]> = { ...errors }
  for (const issue of issues) {
    const [field = ''] = issue.path
    const name = wireNames[field] ?? field
    if (Object.hasOwn(errors, name)) continue
    all[name] = [...new Set([...(all[name] ?? []), sentenceOf(name, issue)])]
  }
  return all
}

/** The issues of identifiers that cannot be had. */
export function takenIssues(fields: readonly (keyof ProfileInput)[]): Issue[] {
  return fields.map((field) => ({ path: [field], rule: 'taken' }))
}

function sentenceOf(name: string, issue: Issue): string {
  const { rule, limit } = issue
  if (name === 'password' || name === 'new_password') return passwordSentence(issue)
  if (rule === 'taken' || rule === 'suppressed') return takenSentences[name] ?? 'Not a valid value.'
  if (rule === 'too_long' && limit !== undefined && name !== 'email') return tooLong(limit)
  if (rule === 'text') return 'Null characters are not allowed.'
  return formSentences[name] ?? 'Not a valid value.'
}

const attributeNames: Readonly<Record<string, string>> = {
  username: 'username',
  firstName: 'first name',
  lastName: 'last name',
  email: 'email address',
}

/** What the validators of the vendor's framework say of a password. */
export function passwordSentence({ rule, limit, similarTo = '' }: Issue): string {
  switch (rule) {
    case 'too_similar':
      return `The password is too similar to the ${attributeNames[similarTo] ?? similarTo}.`
    case 'too_short':
      return `This password is too short. It must contain at least ${limit} characters.`
    case 'too_long':
      return tooLong(limit ?? 0)
    case 'common':
      return 'This password is too common.'
    case 'numeric':
      return 'This password is entirely numeric.'
    case 'reused':
      return 'You cannot use a previously used password.'
    default:
      return 'Not a valid string.'
  }
}

/** The errors with their fields in this order. */
export function inOrder(errors: FieldErrors, fields: readonly string[]): FieldErrors {
  const named = fields.filter((field) => Object.hasOwn(errors, field)).map((field) => [field, errors[field]])
  return { ...Object.fromEntries(named), ...errors }
}
