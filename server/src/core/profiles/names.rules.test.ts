import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isStorable, lengthOf } from '../text.ts'
import { byCodePoint, namesAfter, wordsOf } from './names.rules.ts'

const none = { firstName: null, lastName: null, fullName: null }
const anyName = fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: null })
const anyNames = fc.record({ firstName: anyName, lastName: anyName, fullName: anyName })
const anyChange = fc.record({ firstName: anyName, lastName: anyName, fullName: anyName }, { requiredKeys: [] })

describe('namesAfter', () => {
  it.each([
    ['Ada Lovelace', 'Ada', 'Lovelace'],
    ['Ada King Lovelace', 'Ada', 'King Lovelace'],
    ['  Ada \t King  ', 'Ada', 'King'],
    ['Ada', 'Ada', null],
    ['山田　太郎', '山田', '太郎'],
    [' ', null, null],
    ['', null, null],
  ])('splits a full name alone at its first space: %j', (fullName, firstName, lastName) => {
    expect(namesAfter(none, { fullName })).toEqual({ firstName, lastName, fullName })
  })

  it.each([
    ['Ada', 'Lovelace', 'Ada Lovelace'],
    ['Ada', null, 'Ada'],
    [null, 'Lovelace', 'Lovelace'],
    ['', '', null],
    ['Ada', '', 'Ada'],
  ])('makes a full name of %j and %j', (firstName, lastName, fullName) => {
    expect(namesAfter(none, { firstName, lastName })).toEqual({ firstName, lastName, fullName })
  })

  it('keeps all three as they are given', () => {
    const names = { firstName: 'Ludwig', lastName: 'van Beethoven', fullName: 'L. v. B.' }
    expect(namesAfter(none, names)).toEqual(names)
    expect(namesAfter(names, { firstName: 'L.', fullName: 'Other' })).toEqual({
      ...names,
      firstName: 'L.',
      fullName: 'Other',
    })
  })

  it('makes the full name anew from the part that changes and the one that stays', () => {
    const before = { firstName: 'Ada', lastName: 'Byron', fullName: 'Miss Byron' }
    expect(namesAfter(before, { lastName: 'King' })).toEqual({
      firstName: 'Ada',
      lastName: 'King',
      fullName: 'Ada King',
    })
    expect(namesAfter(before, { firstName: null, lastName: null })).toEqual(none)
  })

  it('changes nothing when nothing differs, whichever names are repeated', () => {
    fc.assert(
      fc.property(anyNames, fc.subarray(['firstName', 'lastName', 'fullName'] as const), (before, repeated) => {
        const change = Object.fromEntries(repeated.map((field) => [field, before[field]]))
        expect(namesAfter(before, change)).toEqual(before)
      }),
    )
  })

  it('settles: the same change again changes nothing more', () => {
    fc.assert(
      fc.property(anyNames, anyChange, (before, change) => {
        const once = namesAfter(before, change)
        expect(namesAfter(once, change)).toEqual(once)
      }),
    )
  })

  it('takes undefined for absent', () => {
    const before = { firstName: 'A', lastName: 'B', fullName: 'A B' }
    const change = { firstName: undefined, lastName: 'C' } as unknown as { lastName: string }
    expect(namesAfter(before, change)).toEqual({ firstName: 'A', lastName: 'C', fullName: 'A C' })
  })

  it('keeps each part within its limit when it splits', () => {
    const fullName = `${'😀'.repeat(300)} ${'x'.repeat(300)}`
    const { firstName, lastName } = namesAfter(none, { fullName })
    expect(firstName).toBe('😀'.repeat(255))
    expect(lastName).toBe('x'.repeat(255))
  })
})

describe('wordsOf', () => {
  it.each([
    [
      ['Ada King-Noel', 'Ada', null],
      ['ada', 'king', 'noel'],
    ],
    [
      ['José ŁUKASZ', 'ｊｏｓé'],
      ['josé', 'łukasz'],
    ],
    [["O'Hara, J. R."], ['hara', 'j', 'o', 'r']],
    [['山田 太郎'], ['太郎', '山田']],
    [['नमस्ते'], ['नमस्ते']],
    [['😀 !? —'], []],
    [[null, null], []],
    [['ΟΔΥΣΣΕΥΣ'], ['οδυσσευσ']],
  ])('of %j are %j', (names, words) => {
    expect(wordsOf(names)).toEqual(words)
  })

  it('begin alike in whatever case the beginning is written', () => {
    const [whole = ''] = wordsOf(['Οδυσσεύς'])
    for (const beginning of ['ΟΔΥΣ', 'οδυσ', 'οδυς'])
      expect(whole.startsWith(wordsOf([beginning])[0] ?? '?')).toBe(true)
  })

  it('are distinct, in the order of code points, at most 32, at most 64 characters, and can be stored', () => {
    const longNames = fc.array(fc.string({ unit: 'grapheme', maxLength: 80 }), { maxLength: 50 })
    fc.assert(
      fc.property(longNames, (names) => {
        const words = wordsOf(names)
        expect(words.length).toBeLessThanOrEqual(32)
        expect(words).toEqual([...new Set(words)].toSorted(byCodePoint))
        for (const word of words) expect(lengthOf(word) <= 64 && word !== '' && isStorable(word)).toBe(true)
      }),
    )
  })

  it('are their own words, so that a search for one finds it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        for (const word of wordsOf([name])) expect(wordsOf([word])).toEqual([word])
      }),
    )
  })
})

describe('byCodePoint', () => {
  it('puts what is past U+FFFF last, which comparing UTF-16 does not', () => {
    expect(['😀', '\uFFEE', 'z', 'a'].toSorted(byCodePoint)).toEqual(['a', 'z', '\uFFEE', '😀'])
  })
})
