import { isCurrencyChoice, isLanguageChoice, isTimezoneChoice } from '../../core/locale/choices.service.ts'
import { reviewInput, sameEmail, splitPhone } from '../../core/profiles/profiles.service.ts'
import type { Profile, ProfileInput } from '../../core/profiles/profiles.types.ts'
import type { FieldErrors } from '../../http/refusal.ts'
import { createFieldReader, type Read, readChoice, readText } from './fields.ts'
import { withIssues } from './issues.ts'
import { languageKeyOf } from './mappers.ts'

/** The fields of a change, in the order in which errors name them. */
export const profileFields = [
  'email',
  'phone_number',
  'first_name',
  'last_name',
  'languages',
  'currencies',
  'timezones',
  'token_checksum_field',
  'token_field',
] as const

/** A change that was read: what it sets, and every field that is wrong. */
export interface ProfileBody {
  readonly input: ProfileInput
  /** Set where the e-mail is right and becomes another. */
  readonly newEmail: string | undefined
  /** What must come with a new e-mail; both undefined where it did not. */
  readonly code: string | undefined
  readonly checksum: string | undefined
  readonly errors: FieldErrors
}

const mostNameLetters = 255

/** Reads what a person changes of their profile (seed 002, "Update Profile Details"). What was read can be sent back as it is. */
export function readProfileBody(body: Readonly<Record<string, unknown>>, before: Profile): ProfileBody {
  const { errors, take } = createFieldReader()
  const email = take('email', readText(body.email, { required: true }))
  const number = take(
    'phone_number',
    unlessShown(body.phone_number, splitPhone(before.phone).number, (sent) => readText(sent)),
  )
  const nationalPhone = number === undefined ? undefined : { number }
  const firstName = take('first_name', unlessShown(body.first_name, before.firstName, readName))
  const lastName = take('last_name', unlessShown(body.last_name, before.lastName, readName))
  const language = take('languages', unlessShown(body.languages, languageKeyOf(before), choiceOf(isLanguageChoice)))
  const currency = take('currencies', unlessShown(body.currencies, before.currency, choiceOf(isCurrencyChoice)))
  const timezone = take('timezones', unlessShown(body.timezones, before.timezone, choiceOf(isTimezoneChoice)))
  const all = { email, nationalPhone, firstName, lastName, language, currency, timezone }
  const input: ProfileInput = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  const { issues } = reviewInput(input)
  const rightEmail = issues.some(({ path }) => path[0] === 'email') ? undefined : email
  const newEmail = rightEmail && !sameEmail(before, { email: rightEmail }) ? rightEmail : undefined
  const tokenRule = { required: newEmail !== undefined }
  const checksum = newEmail && take('token_checksum_field', readText(body.token_checksum_field, tokenRule))
  const code = newEmail && take('token_field', readText(body.token_field, tokenRule))
  return { input, newEmail, code, checksum, errors: withIssues(errors, issues) }
}

/** A value as it is shown stays what it stands for, whatever that looks like: an empty text where nothing is set, `pt` for `pt-BR`. */
function unlessShown(sent: unknown, shown: string | null, read: (sent: unknown) => Read<string>): Read<string> {
  return sent === (shown ?? '') ? undefined : read(sent)
}

function readName(sent: unknown): Read<string> {
  return readText(sent, { most: mostNameLetters })
}

function choiceOf(isChoice: (word: string) => boolean) {
  return (sent: unknown) => readChoice(sent, isChoice)
}
