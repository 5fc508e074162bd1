import type { Registration } from '../../core/credentials/credentials.types.ts'
import { isCallingCode } from '../../core/profiles/profiles.service.ts'
import type { ProfileInput } from '../../core/profiles/profiles.types.ts'
import { lengthOf } from '../../core/text.ts'
import type { FieldErrors } from '../../http/refusal.ts'
import { createFieldReader, type Read, readChoice, readText } from './fields.ts'
import { phoneSentence, usernameSentence } from './issues.ts'

/** The fields of a registration, in the order in which errors name them. */
export const signUpFields = [
  'country_code',
  'first_name',
  'last_name',
  'username',
  'password',
  'agree_terms',
  'user_type',
  'email',
  'phone_number',
  'place_genealogy',
  'position',
  'subdomain',
  'sponsor',
] as const

/** A registration that was read, and every field that is wrong. */
export interface SignUp {
  readonly registration: Registration
  /** The username of who brought the person along. */
  readonly sponsor: string | undefined
  readonly errors: FieldErrors
}

/** Fields of the vendor's trade that mean nothing to a profile; kept as its attributes (contracts/README, decision 26d). */
const tradeFields = ['place_genealogy', 'position', 'subdomain'] as const
const mostLetters = 255

/** Letters of any script, with what stands between them in names. */
const nameForm = /^\p{L}[\p{L}\p{M}'’. -]*$/u
const usernameForm = /^[\p{L}\p{N}]+([_.][\p{L}\p{N}]+)*$/u
const phoneForm = /^\+?\d{9,15}$/
const sponsorForm = /^[\p{L}\p{M}\p{N}_@+.-]{1,250}$/u

/** Reads a registration (contracts/epixel.md 2.2). */
export function readSignUp(body: Readonly<Record<string, unknown>>): SignUp {
  const { errors, take } = createFieldReader()
  const required = { required: true } as const
  const country = take('country_code', readCountry(body.country_code))
  const firstName = take('first_name', readName(body.first_name, 'first'))
  const lastName = take('last_name', readName(body.last_name, 'last'))
  const username = take('username', readUsername(body.username))
  const password = take('password', readText(body.password, { ...required, keepsSpaces: true }))
  const agreeTerms = take('agree_terms', readChoice(body.agree_terms, isOneOf('1', '0'), required))
  const userType = take('user_type', readChoice(body.user_type, isOneOf('customer', 'member'), required))
  const email = take('email', readText(body.email, required))
  const number = take('phone_number', readPhoneNumber(body.phone_number))
  const trade = tradeFields.map((field) => [field, take(field, readOptional(body[field]))])
  const sponsor = take('sponsor', readSponsor(body.sponsor))
  const all = { agree_terms: agreeTerms, user_type: userType, ...Object.fromEntries(trade), sponsor }
  const texts = { firstName, lastName, username, email, ...readPhone(country, number) }
  const profile: ProfileInput = { ...defined(texts), attributes: defined(all) }
  return { registration: { profile, password }, sponsor, errors }
}

/** ISO 3166-1 alpha-2, or a calling code: the vendor does not say which. */
function readCountry(sent: unknown): Read<string> {
  const read = readText(sent, { required: true })
  if (read === undefined || 'errors' in read) return read
  const isCode = /^\+?\d+$/.test(read.value) && isCallingCode(read.value)
  return isCode || /^[A-Za-z]{2}$/.test(read.value) ? read : { errors: ['Invalid country code'] }
}

/** With a calling code the country follows from the whole number; with a country the calling code follows from it. */
function readPhone(country: string | undefined, number: string | undefined): Partial<ProfileInput> {
  const callingCode = /^\+?(\d+)$/.exec(country ?? '')?.[1]
  const nationalPhone = number === undefined ? undefined : { number, callingCode }
  return defined(callingCode === undefined ? { country, nationalPhone } : { nationalPhone })
}

function readPhoneNumber(sent: unknown): Read<string> {
  const read = readText(sent, { required: true })
  if (read === undefined || 'errors' in read || phoneForm.test(read.value)) return read
  return { errors: [phoneSentence] }
}

function readName(sent: unknown, which: 'first' | 'last'): Read<string> {
  const read = readText(sent, { required: true, most: mostLetters })
  if (read === undefined || 'errors' in read || nameForm.test(read.value)) return read
  return { errors: [`The ${which} name should be an alphabet.`] }
}

function readUsername(sent: unknown): Read<string> {
  const read = readText(sent, { required: true })
  if (read === undefined || 'errors' in read) return read
  const length = lengthOf(read.value)
  return length >= 5 && length <= 250 && usernameForm.test(read.value) ? read : { errors: [usernameSentence] }
}

function readSponsor(sent: unknown): Read<string> {
  const read = readOptional(sent)
  if (read === undefined || 'errors' in read || sponsorForm.test(read.value)) return read
  return { errors: ['Invalid sponsor name'] }
}

/** Forms send what was left empty too. */
function readOptional(sent: unknown): Read<string> {
  return sent === '' || sent === null ? undefined : readText(sent, { most: mostLetters })
}

function isOneOf(...words: readonly string[]) {
  return (word: string) => words.includes(word)
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
