import type { Issue } from '../../core/errors.ts'
import type { Attributes, ProfileInput } from '../../core/profiles/profiles.types.ts'
import { fold, lengthOf } from '../../core/text.ts'
import type { FieldErrors } from '../../http/refusal.ts'
import { parseStrictJson } from '../../http/strict-json.ts'
import { type Read, readBoolean, readText } from './fields.ts'

/** A body that was read: what it sets, and every field that is wrong. */
export interface PersonBody {
  readonly input: ProfileInput
  readonly password: string | undefined
  /** Whether metadata are joined with what is there, and nothing else is changed (contracts/ona.md 3.4). */
  readonly merges: boolean
  readonly errors: FieldErrors
}

/** How the names of the core read here, and what a broken rule of the core is called. */
const wireNames: Readonly<Record<string, string>> = {
  firstName: 'first_name',
  lastName: 'last_name',
  fullName: 'name',
  requireAuth: 'require_auth',
  attributes: 'metadata',
}

const freeTexts = ['city', 'organization', 'website'] as const
const maxName = 30
const maxFreeText = 255

/** Names that paths of this dialect or a site's own pages would be taken for. */
const reservedNames = new Set(
  'accounts admin administrator api api-docs help login logout me media null profile profiles register root send_verification_email static support undefined user users verify_email'.split(
    ' ',
  ),
)
const usernameForm = /^[\p{L}\p{M}\p{N}_@+.-]+$/u
const dataSuffix = /\.(json|csv|xls|xlsx|kml)$/i
const usernameWords =
  'username may only contain alphanumeric characters, dots, hyphens, underscores, emails, or phone numbers, and cannot end with .json, .csv, .xls, .xlsx, or .kml'

/** Reads a registration or a change. `partial`: nothing is required, as in PATCH. */
export function readPersonBody(body: Readonly<Record<string, unknown>>, { partial }: { partial: boolean }): PersonBody {
  const errors: Record<string, readonly string[]> = {}
  function take<T>(field: string, read: Read<T>): T | undefined {
    if (read !== undefined && 'errors' in read) errors[field] = read.errors
    return read !== undefined && 'value' in read ? read.value : undefined
  }
  const username = take('username', readUsername(body.username, !partial))
  const email = take('email', readText(body.email, { required: !partial }))
  const names = readNames(body, partial, take)
  const texts = Object.fromEntries(
    freeTexts.map((field) => [field, take(field, readText(body[field], { mayBeBlank: true, most: maxFreeText }))]),
  )
  const twitter = take('twitter', readTwitter(body.twitter))
  const country = take('country', readCountry(body.country))
  const requireAuth = take('require_auth', readBoolean(body.require_auth))
  const attributes = take('metadata', readMetadata(body.metadata))
  const password = take('password', readText(body.password, { mayBeBlank: true, keepsSpaces: true }))
  const all = { username, email, ...names, ...texts, twitter, country, requireAuth, attributes }
  const given = Object.entries(all).filter(([, value]) => value !== undefined)
  return {
    input: Object.fromEntries(given),
    password: password === '' ? undefined : password,
    merges: (body.overwrite === 'false' || body.overwrite === false) && body.metadata !== undefined,
    errors,
  }
}

function readUsername(sent: unknown, required: boolean): Read<string> {
  const read = readText(sent, { required, least: 3, most: maxName })
  if (read === undefined || 'errors' in read) return read
  const name = read.value.toLowerCase()
  if (/^\p{N}+$/u.test(name)) return { errors: ['Username cannot be purely numeric.'] }
  // A path finds a name by its folded form.
  const found = fold(name)
  if (reservedNames.has(found)) return { errors: [`${name} is a reserved name, please choose another`] }
  return usernameForm.test(name) && !dataSuffix.test(found) ? { value: name } : { errors: [usernameWords] }
}

type Take = <T>(field: string, read: Read<T>) => T | undefined

/** `first_name` and `last_name`, or `name` alone, which is split (contracts/ona.md 3.3). */
function readNames(body: Readonly<Record<string, unknown>>, partial: boolean, take: Take): Partial<ProfileInput> {
  const rule = { mayBeBlank: true, most: maxName }
  const firstName = take('first_name', readText(body.first_name, rule))
  const lastName = take('last_name', readText(body.last_name, rule))
  const name = take('name', readText(body.name, { mayBeBlank: true }))
  if (firstName || (partial && !name)) return { ...(firstName !== undefined && { firstName }), ...lastNameOf(lastName) }
  if (!name) {
    if (body.first_name === undefined || firstName === '') {
      take('name', { errors: ['Either name or first_name should be provided'] })
    }
    return {}
  }
  const split = splitName(name)
  if (split.some((part) => lengthOf(part) > maxName)) {
    take('name', { errors: [`Ensure this field has no more than ${maxName} characters.`] })
  }
  const [first = '', last = ''] = split
  return { firstName: first, ...lastNameOf(lastName || last) }
}

function lastNameOf(lastName: string | undefined): Pick<ProfileInput, 'lastName'> {
  return lastName === undefined ? {} : { lastName }
}

function splitName(name: string): [string, string] {
  const letters = [...name]
  if (letters.length > 2 * maxName) {
    return [letters.slice(0, maxName).join(''), letters.slice(maxName, 2 * maxName).join('')]
  }
  const [first = '', ...rest] = name.split(/\s+/)
  return [first, rest.join(' ')]
}

function readTwitter(sent: unknown): Read<string> {
  const read = readText(sent, { mayBeBlank: true })
  if (read === undefined || 'errors' in read || read.value === '') return read
  return /^[A-Za-z0-9_]{1,15}$/.test(read.value) ? read : { errors: [`Invalid twitter username ${read.value}`] }
}

/** The core knows which countries there are; a choice of the vendor's is written in capitals. */
function readCountry(sent: unknown): Read<string> {
  const read = readText(sent, { mayBeBlank: true })
  if (read === undefined || 'errors' in read || read.value === '') return read
  return /^[A-Z]{2}$/.test(read.value) ? read : { errors: [notAChoice(read.value)] }
}

const notAChoice = (value: string) => `"${value}" is not a valid choice.`

/** An object, or JSON of one in a string. */
function readMetadata(sent: unknown): Read<Attributes> {
  if (sent === undefined) return undefined
  const value = typeof sent === 'string' ? parsed(sent) : sent
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? { value: value as Attributes } : { errors: ['Value must be valid JSON.'] }
}

function parsed(text: string): unknown {
  try {
    return parseStrictJson(text)
  } catch {
    return undefined
  }
}

/** The errors of fields that the core finds wrong, in the dialect's words; those that have errors already keep them. */
export function withIssues(errors: FieldErrors, issues: readonly Issue[], input: ProfileInput): FieldErrors {
  const all: Record<string, readonly string[]> = { ...errors }
  for (const issue of issues) {
    const [field = ''] = issue.path
    const name = wireNames[field] ?? field
    if (Object.hasOwn(errors, name)) continue
    all[name] = [...(all[name] ?? []), sentenceOf(issue, input)]
  }
  return all
}

function sentenceOf(issue: Issue, input: ProfileInput): string {
  const {
    path: [field = ''],
    rule,
    limit,
  } = issue
  const texts: Partial<Record<Issue['rule'], string>> = {
    taken: field === 'username' ? `${input.username} already exists` : 'This email address is already in use. ',
    too_short: `Ensure this field has at least ${limit} characters.`,
    too_long: `Ensure this field has no more than ${limit} characters.`,
    too_deep: `Ensure this field has no more than ${limit} levels.`,
    text: 'Null characters are not allowed.',
    suppressed: 'This email address is already in use. ',
  }
  if (field === 'password') return passwordSentence(issue)
  const known = texts[rule]
  if (known !== undefined) return known
  if (field === 'email') return 'Enter a valid email address.'
  if (field === 'username') return usernameWords
  return field === 'country' ? notAChoice(String(input.country)) : 'Not a valid value.'
}

const attributeNames: Readonly<Record<string, string>> = {
  username: 'username',
  firstName: 'first name',
  lastName: 'last name',
  email: 'email address',
}

/** What the vendor's validators say of a password (contracts/ona.md 3.3 and 3.5). */
export function passwordSentence({ rule, limit, similarTo = '' }: Issue): string {
  switch (rule) {
    case 'too_similar':
      return `The password is too similar to the ${attributeNames[similarTo] ?? similarTo}.`
    case 'too_short':
      return `This password is too short. It must contain at least ${limit} characters.`
    case 'too_long':
      return `Ensure this field has no more than ${limit} characters.`
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
