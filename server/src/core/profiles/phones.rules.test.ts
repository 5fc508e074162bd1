import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import parsePhone, { getCountries } from 'libphonenumber-js/max'
import { describe, expect, it } from 'vitest'
import { canonicalCountry } from '../locale/locale.service.ts'
import {
  canonicalPhone,
  countryAfter,
  isCallingCode,
  isE164,
  phoneAfter,
  phoneToFind,
  splitPhone,
} from './phones.rules.ts'

/**
 * Numbers as people write them, by trap: with their E.164 and country (null: of none), `kept` as they are written, or
 * `refused`. The expectations are written by hand after the numbering plans.
 */
type Written = readonly [text: string, expected: string, country: string | null]

const fixture = new URL('../../../test/fixtures/phones.json', import.meta.url)
const traps = Object.entries<Written[]>(JSON.parse(readFileSync(fixture, 'utf8')))
const nothing = { phone: null, country: null }
const countryOf = (phone: string) => countryAfter(nothing, { phone })

describe('A written phone', () => {
  describe.each(traps)('%s', (_, numbers) => {
    it.each(numbers)('%j: %s %s', (text, expected, country) => {
      const phone = canonicalPhone(text)
      if (expected === 'refused') {
        expect(phone).toBeUndefined()
        expect(isE164(phoneToFind(text))).toBe(false)
      } else if (expected === 'kept') {
        expect(phone).toBe(text)
        expect(isE164(text)).toBe(false)
        expect(countryOf(text)).toBeNull()
      } else {
        expect(phone).toBe(expected)
        expect(isE164(expected)).toBe(true)
        expect(phoneToFind(text)).toBe(expected)
        expect(countryOf(expected)).toBe(country)
      }
    })
  })

  it('is tried 300 times and more, with the numbers of 60 countries and more', () => {
    const numbers = traps.flatMap(([, written]) => written)
    expect(new Set(numbers.map(([text]) => text)).size).toBe(numbers.length)
    expect(numbers.length).toBeGreaterThanOrEqual(300)
    expect(new Set(numbers.map(([, , country]) => country)).size).toBeGreaterThan(60)
  })
})

describe('canonicalPhone', () => {
  const anyCode = fc.constantFrom(
    '1',
    '7',
    '20',
    '36',
    '39',
    '44',
    '49',
    '52',
    '54',
    '55',
    '86',
    '212',
    '590',
    '800',
    '999',
  )
  const anyGroup = fc.stringMatching(/^[0-9]{1,6}$/)
  const anyGap = fc.constantFrom('', ' ', '-', '.', '/', ' (', ') ', '\u00A0', '\u200E', '\u2011')
  const anyWritten = fc
    .tuple(anyCode, fc.array(fc.tuple(anyGap, anyGroup), { minLength: 1, maxLength: 5 }))
    .map(([code, groups]) => `+${code}${groups.flat().join('')}`)

  it('settles: what it gives is read as itself, and found by every spelling that it was read from', () => {
    fc.assert(
      fc.property(anyWritten, (text) => {
        const phone = canonicalPhone(text)
        if (phone === undefined) return
        expect(canonicalPhone(phone)).toBe(phone)
        if (isE164(phone)) expect(phoneToFind(text)).toBe(phone)
        else expect(phone).toBe(text)
      }),
      { numRuns: 3_000 },
    )
  })

  it('gives E.164 or what it was given', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'++0123456789０٠१ ()-./x;=,tel:'), maxLength: 20 })
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string({ unit: 'grapheme' })), (text) => {
        const phone = canonicalPhone(text)
        expect(phone === undefined || phone === text || /^\+[1-9][0-9]{4,14}$/.test(phone)).toBe(true)
      }),
    )
  })

  const scripts = Intl.supportedValuesOf('numberingSystem')
    .map((numberingSystem) => new Intl.NumberFormat('en', { numberingSystem, useGrouping: false }))
    .map((format) => [format.resolvedOptions().numberingSystem, format.format(4_930_901_820)] as const)
    .filter(([, digits]) => /^\p{Nd}+$/u.test(digits))

  it.each(scripts)('reads the digits of %s: %s', (_, digits) => {
    expect(canonicalPhone(`+${digits}`)).toBe('+4930901820')
  })

  it('knows the digits of many scripts', () => {
    expect(scripts.length).toBeGreaterThan(70)
  })
})

describe('isE164', () => {
  it('knows every calling code that numbers can be read of, and no other', () => {
    for (let code = 1; code < 1_000; code++) {
      const phone = `+${code}12345678`
      expect(isE164(phone), phone).toBe(parsePhone(phone) !== undefined)
    }
  })
})

describe('The country of a phone', () => {
  it('is one that may be set as a country, whichever the numbering plans name', () => {
    const refused = getCountries().filter((country) => canonicalCountry(country) === undefined)
    // Ascension and Tristan da Cunha: the fixture has both, and expects SH.
    expect(refused).toEqual(['AC', 'TA'])
  })

  const german = { phone: '+4930901820', country: 'DE' }

  it.each([
    ['is derived when a phone is set', nothing, { phone: '+4930901820' }, 'DE'],
    ['is the one that is named', nothing, { phone: '+4930901820', country: 'FR' }, 'FR'],
    ['is none when none is named', nothing, { phone: '+4930901820', country: null }, null],
    ['is none when the phone has none', nothing, { phone: '+80012345678' }, null],
    ['stays when the phone is not touched', german, {}, 'DE'],
    ['follows the phone', german, { phone: '+33142685300' }, 'FR'],
    ['goes with the phone', german, { phone: null }, null],
    ['goes when the new phone has none', german, { phone: '+80012345678' }, null],
    ['goes when the new phone is kept as given', german, { phone: '+999 12345' }, null],
    ['follows when it was empty', { phone: '+4930901820', country: null }, { phone: '+33142685300' }, 'FR'],
    ['stays when it was set by hand', { phone: '+4930901820', country: 'AT' }, { phone: '+33142685300' }, 'AT'],
    ['stays without the phone when it was set by hand', { phone: '+4930901820', country: 'AT' }, { phone: null }, 'AT'],
    ['stays when there was no phone', { phone: null, country: 'AT' }, { phone: '+33142685300' }, 'AT'],
    ['may be emptied', german, { country: null }, null],
    ['stays empty when the phone is repeated', { phone: '+4930901820', country: null }, { phone: '+4930901820' }, null],
    ['stays by hand when the phone is repeated', { ...german, country: 'AT' }, { phone: '+4930901820' }, 'AT'],
    ['is told by the number, not by the code', nothing, { phone: '+447911123456' }, 'GG'],
    ['is not in what is kept as given', nothing, { phone: '+379 06 698 12345' }, null],
  ])('%s', (_, before, change, after) => {
    expect(countryAfter(before, change)).toBe(after)
  })
})

describe('A number without its calling code', () => {
  const germany = { phone: '+4930901820', country: 'DE' }

  it.each([
    ['joins the calling code of the phone before', germany, {}, '15112345678', '+4915112345678'],
    ['joins it also where the country is another', { ...germany, country: 'FR' }, {}, '15112345678', '+4915112345678'],
    [
      'joins that of the country where there is no phone',
      { phone: null, country: 'FR' },
      {},
      '658245684',
      '+33658245684',
    ],
    ['loses its trunk prefix by that', { phone: null, country: 'FR' }, {}, '0658245684', '+33658245684'],
    ['joins that of the country that comes with it', nothing, { country: 'US' }, '2127365000', '+12127365000'],
    ['keeps a zero that is part of it', { phone: null, country: 'IT' }, {}, '0647823001', '+390647823001'],
    ['stays as it is where neither is known', nothing, {}, '0658245684', '0658245684'],
    [
      'stays as it is where the country is taken away',
      { phone: null, country: 'FR' },
      { country: null },
      '658245684',
      '658245684',
    ],
    [
      'stays as it is where it makes no possible number',
      { phone: null, country: 'FR' },
      {},
      '999999999999999',
      '999999999999999',
    ],
    ['joins nothing where it begins with its own', germany, {}, '+33658245684', '+33658245684'],
    ['stays as it is where its own is in use nowhere', germany, {}, '+999123456789', '+999123456789'],
  ] as const)('%s', (_, before, change, number, expected) => {
    expect(phoneAfter(before, change, { number })).toBe(expected)
  })

  it('joins the calling code that is given, whatever the profile has', () => {
    const number = '2127365000'
    expect(phoneAfter(germany, { country: 'FR' }, { number, callingCode: '1' })).toBe('+12127365000')
    expect(phoneAfter(germany, {}, { number: '0658245684', callingCode: '33' })).toBe('+33658245684')
    expect(phoneAfter(germany, {}, { number: '111111111', callingCode: '1' })).toBe('111111111')
  })

  it('is what is left of a stored phone without its calling code, and joins to that phone again', () => {
    for (const [, numbers] of traps) {
      for (const [, phone] of numbers) {
        if (!isE164(phone)) continue
        const { code, number } = splitPhone(phone)
        expect(code + number).toBe(phone)
        expect(isCallingCode(code)).toBe(true)
        // Shorter ones do not come without their code.
        if (/^\d{9,15}$/.test(number))
          expect([phone, phoneAfter({ phone, country: null }, {}, { number })]).toEqual([phone, phone])
      }
    }
    expect(splitPhone('0658245684')).toEqual({ code: '', number: '0658245684' })
    expect(splitPhone(null)).toEqual({ code: '', number: '' })
  })

  it('comes after a calling code that is in use', () => {
    expect(['+49', '49', '1', '+878', '999', '+', '', '049'].map(isCallingCode)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})
