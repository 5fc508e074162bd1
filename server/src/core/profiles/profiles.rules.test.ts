import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainFault } from '../errors.ts'
import { checkProfileInput, formsOf } from './profiles.rules.ts'
import type { ProfileInput, ProfileTexts } from './profiles.types.ts'

const fields = [
  'reference',
  'label',
  'username',
  'email',
  'phone',
  'fullName',
  'country',
  'language',
  'timezone',
  'currency',
] as const

/** Any UTF-16, halves of surrogate pairs and NUL among it. */
const anyUtf16 = fc
  .array(fc.oneof(fc.nat(0xffff), fc.nat(0x7f), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units))

/** The checked input, or undefined when it is refused, with an issue for some of its own fields and no other. */
function tryCheck(input: ProfileInput): ProfileInput | undefined {
  try {
    return checkProfileInput(input)
  } catch (error) {
    if (!(error instanceof DomainFault) || error.fault.code !== 'input_invalid') throw error
    const blamed = error.fault.issues.map(({ path }) => path[0])
    expect(blamed.length).toBeGreaterThan(0)
    expect(Object.keys(input)).toEqual(expect.arrayContaining(blamed))
    expect(new Set(blamed).size).toBe(blamed.length)
    return undefined
  }
}

const blank: ProfileTexts = {
  reference: null,
  label: null,
  username: null,
  email: null,
  phone: null,
  firstName: null,
  lastName: null,
  fullName: null,
  country: null,
  city: null,
  organization: null,
  website: null,
  twitter: null,
  language: null,
  timezone: null,
  currency: null,
  comment: null,
}

describe('checkProfileInput', () => {
  it('settles: what it gives it takes again, unchanged', () => {
    const likely = fc.constantFrom(
      '+49 30 901820',
      'de',
      'DE-de',
      'EUR',
      'europe/berlin',
      'A.b@Example.com',
      'Ada',
      '+999 1234',
      '',
    )
    const value = fc.option(fc.oneof(likely, fc.string({ unit: 'grapheme' }), anyUtf16), {
      nil: null,
    })
    const anyInput = fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] })
    fc.assert(
      fc.property(anyInput, (input) => {
        const checked = tryCheck(input)
        if (checked !== undefined) expect(checkProfileInput(checked)).toEqual(checked)
      }),
      { numRuns: 500 },
    )
  })

  it('takes every plain e-mail, and keeps it as given', () => {
    const email = fc.emailAddress().filter((text) => text.length <= 254 && !text.includes('"'))
    fc.assert(
      fc.property(email, (text) => {
        expect(checkProfileInput({ email: text }).email).toBe(text)
      }),
    )
  })

  it('judges the longest and most doubtful texts at once', () => {
    const doubtful = [
      `${'a'.repeat(63)}.${'a'.repeat(189)}`,
      `a@${'a-'.repeat(120)}`,
      `a@${'a.'.repeat(125)}`,
      `${'a.'.repeat(31)}@${'b'.repeat(190)}`,
      `a@${'b'.repeat(251)}`,
    ]
    const started = performance.now()
    for (const email of doubtful) expect(tryCheck({ email })).toBeUndefined()
    for (const phone of [`+${'1'.repeat(63)}`, `+49${'('.repeat(61)}`, `+${' '.repeat(63)}`]) {
      expect(tryCheck({ phone })).toBeUndefined()
    }
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('leaves absent what is absent, and keeps what it has no rule for', () => {
    expect(checkProfileInput({})).toEqual({})
    expect(checkProfileInput({ requireAuth: true, type: 'Merchant' })).toEqual({ requireAuth: true, type: 'Merchant' })
  })
})

describe('formsOf', () => {
  it('folds what is compared and keeps E.164 alone for uniqueness', () => {
    const profile = { ...blank, username: 'ＡＤＡ', email: 'Ada@Example.com', phone: '+14155552671', firstName: 'Ada' }
    expect(formsOf(profile)).toEqual({
      usernameFolded: 'ada',
      emailFolded: 'ada@example.com',
      phoneE164: '+14155552671',
      nameWords: ['ada'],
    })
    expect(formsOf({ ...blank, phone: '+999 12345' })).toEqual({
      usernameFolded: null,
      emailFolded: null,
      phoneE164: null,
      nameWords: null,
    })
  })
})

describe('a text that folding makes longer', () => {
  it('is measured folded, since that is what is stored, looked up and put into cursors', () => {
    // U+FDFA folds to eighteen characters.
    const ligatures = '\u{FDFA}'.repeat(20)
    expect(tryCheck({ username: ligatures })).toBeUndefined()
    expect(tryCheck({ email: `${ligatures}@example.com` })).toBeUndefined()
  })
})
