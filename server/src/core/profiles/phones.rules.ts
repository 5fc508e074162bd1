import parsePhone, {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  type PhoneNumber,
} from 'libphonenumber-js/max'
import type { NationalPhone, ProfileTexts } from './profiles.types.ts'

/** E.164: fifteen digits at most. Fewer than five with the calling code are no number anywhere. */
const e164Form = /^\+[1-9]\d{4,14}$/

/** What stands between digits and says nothing: spaces, dashes, dots, slashes, brackets, and marks that nobody sees. */
const separators = /[\p{Zs}\p{Pd}\p{Default_Ignorable_Code_Point}−ー.．/／()（）[\]［］]/gu
const pluses = /[＋﹢]/g
const foreignDigits = /(?![0-9])\p{Nd}/gu

/** The calling codes in use: those of countries, then those that the ITU gave to services of no country. */
const callingCodes = new Set<string>([
  ...getCountries().map((country) => getCountryCallingCode(country)),
  ...['800', '808', '870', '878', '881', '882', '883', '888', '979'],
])

/** Codes that the numbering plans tell apart and ISO 3166-1 does not: its SH is all three islands. */
const isoCountries: Readonly<Record<string, string>> = { AC: 'SH', TA: 'SH' }

type Located = Pick<ProfileTexts, 'phone' | 'country'>

/**
 * The phone to store of what a caller wrote, or undefined when that is no possible number with its calling code.
 * E.164; what was written when the calling code is in use nowhere. Letters and extensions are no part of a number.
 */
export function canonicalPhone(text: string): string | undefined {
  const dialled = compactPhone(text)
  return e164Form.test(dialled) && !hasCallingCode(dialled) ? text : e164Of(dialled)
}

/**
 * The phone to store of a number that is written without its calling code: E.164 with the one that is given, else that of the phone before,
 * else of the country after the change; what was written where that makes no possible number.
 */
export function phoneAfter(before: Located, change: Partial<Located>, { number, callingCode }: NationalPhone): string {
  if (number.startsWith('+')) return canonicalPhone(number) ?? number
  const code = callingCode ?? splitPhone(before.phone).code.slice(1)
  const country = change.country === undefined ? before.country : change.country
  const joined = code === '' ? inCountry(number, country) : parsePhone(number, { defaultCallingCode: code })
  return (joined && e164Of(joined.number)) ?? number
}

function inCountry(number: string, country: string | null): PhoneNumber | undefined {
  return country === null ? undefined : parsePhone(number, country as CountryCode)
}

/** A stored phone in two parts: its calling code as `+49`, empty where it has none, and the rest. */
export function splitPhone(phone: string | null): { readonly code: string; readonly number: string } {
  const parsed = phone !== null && isE164(phone) ? parsePhone(phone) : undefined
  if (parsed === undefined) return { code: '', number: phone ?? '' }
  return { code: `+${parsed.countryCallingCode}`, number: phone?.slice(1 + parsed.countryCallingCode.length) ?? '' }
}

/** The form in which a phone is looked up: E.164 where the text is a possible number, else as it is. */
export function phoneToFind(text: string): string {
  return e164Of(compactPhone(text)) ?? text
}

/** Whether a stored phone is E.164, and so takes part in uniqueness, or was kept as it was written. */
export function isE164(phone: string): boolean {
  return e164Form.test(phone) && hasCallingCode(phone)
}

/** A phone, or the beginning of one, without what is written between its digits, these in ASCII. */
export function compactPhone(text: string): string {
  return text
    .trim()
    .replace(/^tel:/i, '')
    .replace(separators, '')
    .replace(pluses, '+')
    .replace(foreignDigits, asciiDigit)
}

/**
 * The country after a change. One that is named stands; else it follows the phone, as long as it is empty or the
 * one of the phone before. A phone that is given as it is already moves nothing.
 */
export function countryAfter(before: Located, change: Partial<Located>): string | null {
  if (change.country !== undefined) return change.country
  if (change.phone === undefined || change.phone === before.phone) return before.country
  const follows = before.country === null || before.country === countryOf(before.phone)
  return follows ? countryOf(change.phone) : before.country
}

/** ISO 3166-1 alpha-2 of a stored phone, or null when it is of no country, or of none of those that share its code. */
function countryOf(phone: string | null): string | null {
  if (phone === null || !isE164(phone)) return null
  const country = parsePhone(phone)?.country
  return country === undefined ? null : (isoCountries[country] ?? country)
}

function e164Of(dialled: string): string | undefined {
  if (!/^\+\d+$/.test(dialled)) return undefined
  const phone = parsePhone(dialled)
  if (phone === undefined || !phone.isPossible() || !e164Form.test(phone.number)) return undefined
  // A trunk prefix is left out of the number. Where another one follows it, the number would not be found again.
  const settled = phone.number === dialled || parsePhone(phone.number)?.number === phone.number
  return settled ? phone.number : undefined
}

function hasCallingCode(dialled: string): boolean {
  return [1, 2, 3].some((length) => callingCodes.has(dialled.slice(1, 1 + length)))
}

/** Whether digits, or a plus and digits, are a calling code that is in use. */
export function isCallingCode(text: string): boolean {
  return callingCodes.has(text.replace(/^\+/, ''))
}

/** Unicode puts the ten digits of a script in a row, and rows side by side at most. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let zero = code
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return String((code - zero) % 10)
}
