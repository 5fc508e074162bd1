import { describe, expect, it } from 'vitest'
import { preferredLanguage } from './accept-language.rules.ts'

describe('preferredLanguage', () => {
  it.each([
    ['de', 'de'],
    ['DE', 'de'],
    ['fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', 'fr'],
    ['en;q=0.5, ja', 'ja'],
    ['de;q=0.1, fr;q=0.9, it;q=0.5', 'fr'],
    ['de;q=0.7, fr;q=0.7', 'de'],
    ['de ; q=0.2,\tfr\t;\tQ=0.3', 'fr'],
    [',, ,de,', 'de'],
    ['de;q=1.000', 'de'],
  ])('reads %j as %s: by weight, then in order', (header, language) => {
    expect(preferredLanguage(header)).toBe(language)
  })

  it.each([
    ['de-XX', 'de'],
    ['de-AT-1996', 'de'],
    ['zh-yue-HK', 'zh'],
    ['de-u-co-phonebk', 'de'],
    ['de-x-mine', 'de'],
    ['iw', 'he'],
    ['xx-YY, fr', 'fr'],
  ])('looks %j up by leaving out its last parts: %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language)
  })

  it.each([
    ['de', ['de-DE', 'de-Latn', 'de-Latn-DE']],
    ['pt', ['pt-BR']],
    ['zh-TW', ['zh-Hant', 'zh-Hant-TW', 'zh-TW']],
    ['zh', ['zh-Hans', 'zh-CN', 'zh-Hans-CN']],
  ])('has one tag, %s, for %j', (language, headers) => {
    for (const header of headers) expect(preferredLanguage(header), header).toBe(language)
  })

  it.each([
    ['de;q=0', 'en'],
    ['de;q=0.000, fr;q=0.1', 'fr'],
    ['de-XX, de;q=0', 'en'],
    ['de-AT, de;q=0', 'en'],
    ['en;q=0', 'en'],
  ])('uses no language that %j refuses: %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language)
  })

  it.each([
    ['*', 'en'],
    ['*, de;q=0.5', 'en'],
    ['de, *;q=0.5', 'de'],
    ['*;q=0, de', 'de'],
    ['*, en;q=0, de;q=0.1', 'de'],
  ])('takes English for any: %j is %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language)
  })

  it('passes over a language of which ICU knows little but that it exists', () => {
    expect(preferredLanguage('oc, fr;q=0.5')).toBe('fr')
    expect(preferredLanguage('za')).toBe('en')
    for (const language of ['mt', 'eu', 'am', 'yo', 'gd']) expect(preferredLanguage(language)).toBe(language)
  })

  it.each([
    'xx',
    'tlh',
    'und',
    'i-klingon',
    'x-private',
    'deutsch-und-englisch',
    'de_DE',
    'de-',
    '-de',
    'd',
    'de;q=2',
    'de;q=1.001',
    'de;q=0.1234',
    'de;q=-1',
    'de;q=',
    'de;level=1',
    'de q=1',
    '{"de":1}',
    '\0',
    'ｄｅ',
    'de\u2028',
    '__proto__',
    ';q=1',
    '',
  ])('takes English for %j', (header) => {
    // U+2028 is white space to trim, so it is no part of the range.
    expect(preferredLanguage(header)).toBe(header.trim() === 'de' ? 'de' : 'en')
  })

  it('takes English where there is no header', () => {
    expect(preferredLanguage(undefined)).toBe('en')
  })

  it('passes over what it cannot read, and reads the rest', () => {
    expect(preferredLanguage('de;q=huge, fr;q=0.5, ???')).toBe('fr')
  })

  it.each([
    ['spaces', `de${' '.repeat(100_000)}x`],
    ['spaces and semicolons', `de${' ;'.repeat(50_000)}`],
    ['commas', ','.repeat(100_000)],
    ['one endless range', 'de-'.repeat(33_000)],
    ['an endless weight', `de;q=0.${'1'.repeat(100_000)}`],
    ['many unknown languages', 'xx-aa-bb-cc-dd-ee-ff-gg,'.repeat(4_200)],
    ['many languages', Array.from({ length: 4_200 }, (_, index) => `za-aa-bb-cc-dd;q=0.${index % 1000}`).join()],
  ])('answers a header of 100 KB of %s at once', (_name, header) => {
    preferredLanguage(header)
    const began = performance.now()
    expect(['de', 'en']).toContain(preferredLanguage(header))
    expect(performance.now() - began).toBeLessThan(50)
  })
})
