import { describe, expect, it } from 'vitest'
import { canonicalCountry, canonicalCurrency, canonicalLanguage, canonicalTimezone } from './locale.service.ts'

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
const pairs = letters.flatMap((first) => letters.map((second) => first + second))

describe('canonicalCountry', () => {
  it('takes the 249 countries of ISO 3166-1 and Kosovo, and no other code', () => {
    const countries = pairs.filter((code) => canonicalCountry(code) !== undefined)
    expect(countries).toHaveLength(250)
    expect(countries).toEqual(expect.arrayContaining(['AX', 'BQ', 'DE', 'GB', 'SS', 'TW', 'UM', 'US', 'XK', 'ZW']))
  })

  it('refuses codes that are withdrawn or stand for no country', () => {
    for (const code of ['UK', 'SU', 'YU', 'DD', 'AN', 'CS', 'TP', 'ZR', 'EU', 'UN', 'ZZ', 'AA', 'QM', 'XX']) {
      expect(canonicalCountry(code), code).toBeUndefined()
    }
  })

  it('answers in capitals, and refuses what is not two letters', () => {
    expect(canonicalCountry('de')).toBe('DE')
    for (const text of ['', 'D', 'DEU', '276', ' DE', 'ＤＥ', 'ß', 'ﬆ'])
      expect(canonicalCountry(text), text).toBeUndefined()
  })
})

describe('canonicalLanguage', () => {
  it.each([
    ['EN', 'en'],
    ['en-us', 'en-US'],
    ['zh-hant', 'zh-Hant'],
    ['sr-latn-rs', 'sr-Latn-RS'],
    ['iw', 'he'],
  ])('writes %s as %s', (text, tag) => {
    expect(canonicalLanguage(text)).toBe(tag)
  })

  it.each(['', 'x', 'xx', 'qqq', 'en_US', 'en--US', 'english', 'en-', '*', 'e\0n'])('refuses %j', (text) => {
    expect(canonicalLanguage(text)).toBeUndefined()
  })
})

describe('canonicalCurrency', () => {
  it('takes the codes of ISO 4217 in any case, and nothing else', () => {
    expect(['usd', 'EUR', 'jPy', 'CHF'].map(canonicalCurrency)).toEqual(['USD', 'EUR', 'JPY', 'CHF'])
    for (const text of ['', 'US', 'USDT', '$', 'ZZZ', ' EUR']) expect(canonicalCurrency(text), text).toBeUndefined()
  })
})

describe('canonicalTimezone', () => {
  it('takes every zone that the platform lists, in any case', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      expect(canonicalTimezone(zone)).toBe(zone)
      expect(canonicalTimezone(zone.toUpperCase())).toBe(zone)
    }
  })

  it('takes aliases and keeps them', () => {
    for (const zone of [
      'UTC',
      'Asia/Kolkata',
      'Europe/Kyiv',
      'US/Pacific',
      'Etc/GMT+5',
      'America/Argentina/Buenos_Aires',
    ]) {
      expect(canonicalTimezone(zone)).toBe(zone)
    }
  })

  it.each(['', 'Mars/Base', '+02:00', 'UTC+2', 'Europe', '/etc/localtime', '../UTC', 'Europe/Berlin '])(
    'refuses %j',
    (zone) => {
      expect(canonicalTimezone(zone)).toBeUndefined()
    },
  )
})
