import type { Issue, Rule } from '../errors.ts'
import { DomainFault } from '../errors.ts'
import { canonicalCountry, canonicalCurrency, canonicalLanguage, canonicalTimezone } from '../locale/locale.service.ts'
import { maxListsOfProfile } from '../profile-lists/profile-lists.types.ts'
import { fold, isStorable, lengthOf } from '../text.ts'
import { checkAttributes } from './attributes.rules.ts'
import { wordsOf } from './names.rules.ts'
import { canonicalPhone, isE164 } from './phones.rules.ts'
import type { ProfileInput, ProfileTexts } from './profiles.types.ts'

/** What is stored of a profile beside itself: the forms in which it is compared and found. */
export interface ProfileForms {
  readonly usernameFolded: string | null
  readonly emailFolded: string | null
  readonly phoneE164: string | null
  readonly nameWords: readonly string[] | null
}

type TextField = keyof ProfileTexts
type Verdict = string | { readonly rule: Rule; readonly limit?: number }

const emailForm =
  /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@([\p{L}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}-]{2,63}$/u
const nationalPhoneForm = /^\+?\d{9,15}$/
const usernameForm = /^[\p{L}\p{M}\p{N}_@+.-]+$/u

/** What each text must be; gives the text to store, or the rule it broke. */
const textRules: Record<TextField, (text: string) => Verdict> = {
  reference: (text) => (text === '' ? { rule: 'too_short', limit: 1 } : atMost(255, text)),
  label: (text) => atMost(255, text),
  username: checkUsername,
  email: checkEmail,
  phone: checkPhone,
  firstName: (text) => atMost(255, text),
  lastName: (text) => atMost(255, text),
  fullName: (text) => atMost(511, text),
  country: (text) => canonicalCountry(text) ?? { rule: 'choice' },
  city: (text) => atMost(255, text),
  organization: (text) => atMost(255, text),
  website: (text) => atMost(255, text),
  twitter: (text) => atMost(255, text),
  language: (text) => canonicalLanguage(text) ?? { rule: 'choice' },
  timezone: (text) => canonicalTimezone(text) ?? { rule: 'choice' },
  currency: (text) => canonicalCurrency(text) ?? { rule: 'choice' },
  comment: (text) => atMost(1_000, text),
}

/** Fields whose empty text means "not set". An empty reference is a mistake instead: it would be an identity. */
const emptyMeansNull = new Set<TextField>(['username', 'email', 'phone', 'country', 'language', 'timezone', 'currency'])

/**
 * Checks what a caller wants to set, every field at once, and gives it in the form in which it is stored.
 * Throws `input_invalid` with one issue for each broken field.
 */
export function checkProfileInput(input: ProfileInput): ProfileInput {
  const { checked, issues } = reviewProfileInput(input)
  if (issues.length > 0) throw new DomainFault({ code: 'input_invalid', issues })
  return checked
}

/** The same without throwing: one issue for each broken field, which `checked` still holds as it was given. */
export function reviewProfileInput(input: ProfileInput): { checked: ProfileInput; issues: readonly Issue[] } {
  const issues: Issue[] = []
  const checked: Record<string, unknown> = { ...input }
  for (const field of Object.keys(textRules) as TextField[]) {
    const text = input[field]
    if (text === undefined || text === null) continue
    const verdict = checkText(field, text)
    if (verdict === null || typeof verdict === 'string') checked[field] = verdict
    else issues.push({ path: [field], ...verdict })
  }
  if (!isNationalPhone(input.nationalPhone)) issues.push({ path: ['nationalPhone'], rule: 'format' })
  if (input.attributes !== undefined) {
    const broken = checkAttributes(input.attributes)
    if (broken !== undefined) issues.push({ path: ['attributes'], ...broken })
  }
  if (input.listIds !== undefined) {
    // As the database writes a UUID, so that it is told and compared as it will be read.
    checked.listIds = input.listIds.map((id) => id.toLowerCase())
    if (input.listIds.length > maxListsOfProfile) {
      issues.push({ path: ['listIds'], rule: 'too_long', limit: maxListsOfProfile })
    }
  }
  return { checked: checked as ProfileInput, issues }
}

/** The forms under which a profile is compared and found. */
export function formsOf(profile: ProfileTexts): ProfileForms {
  const words = wordsOf([profile.fullName, profile.firstName, profile.lastName])
  return {
    usernameFolded: profile.username === null ? null : fold(profile.username),
    emailFolded: profile.email === null ? null : fold(profile.email),
    phoneE164: profile.phone !== null && isE164(profile.phone) ? profile.phone : null,
    nameWords: words.length === 0 ? null : words,
  }
}

function checkText(field: TextField, text: string): Verdict | null {
  if (!isStorable(text)) return { rule: 'text' }
  if (text === '' && emptyMeansNull.has(field)) return null
  return textRules[field](text)
}

/** A number that has its code must be one that can be dialled, or of a code that is in use nowhere. */
function isNationalPhone(phone: ProfileInput['nationalPhone']): boolean {
  if (phone === undefined) return true
  const { number } = phone
  return nationalPhoneForm.test(number) && (!number.startsWith('+') || canonicalPhone(number) !== undefined)
}

function atMost(limit: number, text: string): Verdict {
  return lengthOf(text) <= limit ? text : { rule: 'too_long', limit }
}

function checkUsername(text: string): Verdict {
  if (lengthOf(text) < 3) return { rule: 'too_short', limit: 3 }
  // Folding can make a text many times longer: U+FDFA alone becomes eighteen characters.
  if (lengthOf(text) > 250 || lengthOf(fold(text)) > 250) return { rule: 'too_long', limit: 250 }
  // A name of digits alone would read as a profile's number where a dialect takes either.
  return usernameForm.test(text) && !/^\d+$/.test(fold(text)) ? text : { rule: 'format' }
}

function checkEmail(text: string): Verdict {
  // RFC 5321 section 4.5.3.1: 64 octets before the @, and a path of 256 with its brackets.
  const local = Buffer.byteLength(text.slice(0, text.lastIndexOf('@')))
  if (Buffer.byteLength(text) > 254 || local > 64 || lengthOf(fold(text)) > 254) return { rule: 'too_long', limit: 254 }
  return emailForm.test(text) ? text : { rule: 'format' }
}

function checkPhone(text: string): Verdict {
  if (lengthOf(text) > 64) return { rule: 'too_long', limit: 64 }
  return canonicalPhone(text) ?? { rule: 'format' }
}
