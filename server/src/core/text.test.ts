import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainFault } from './errors.ts'
import { checkName, fold, isStorable, lengthOf } from './text.ts'

const anyText = fc.string({ unit: 'grapheme' })
/** Any UTF-16, halves of surrogate pairs and NUL among it. */
const anyUtf16 = fc
  .array(fc.oneof(fc.nat(0xffff), fc.nat(0x7f), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units))

describe('fold', () => {
  it('is the same for every way to write the same characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) expect(fold(text.normalize(form))).toBe(fold(text))
      }),
    )
  })

  it('changes nothing when done again: for texts, and for every character there is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
    const unstable: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue
      const folded = fold(String.fromCodePoint(code))
      if (fold(folded) !== folded) unstable.push(code.toString(16))
    }
    expect(unstable).toEqual([])
  })

  it('is lower case for ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        expect(fold(text)).toBe(text.toLowerCase())
      }),
    )
  })

  it.each([
    ['ＡＢＣ１２３＠', 'abc123@'],
    ['JOSE\u0301', 'josé'],
    ['ﬁ', 'fi'],
    ['Å', 'å'],
    ['K', 'k'],
    ['Straße', 'straße'],
    ['ΑΣ', 'ας'],
    ['①', '1'],
    ['ｶﾞ', 'ガ'],
    // There is one character for the small pair, and none for the capital one.
    ['J\u030C', '\u01F0'],
    ['H\u0331', '\u1E96'],
  ])('makes %s %s', (text, folded) => {
    expect(fold(text)).toBe(folded)
  })

  it('leaves a text that can be stored so', () => {
    fc.assert(
      fc.property(anyUtf16, (text) => {
        expect(isStorable(fold(text))).toBe(isStorable(text))
      }),
    )
  })
})

describe('isStorable', () => {
  it('refuses NUL and halves of surrogate pairs, and nothing else', () => {
    fc.assert(
      fc.property(anyUtf16, (text) => {
        const survives = Buffer.from(text, 'utf8').toString('utf8') === text
        expect(isStorable(text)).toBe(survives && !text.includes('\0'))
      }),
    )
    for (const text of ['\0', 'a\0b', '\uD800', '\uDC00', '\uDC00\uD800', 'a\uD83D'])
      expect(isStorable(text)).toBe(false)
  })
})

describe('lengthOf', () => {
  it('counts code points, as char_length of PostgreSQL does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(lengthOf(text)).toBe([...text].length)
      }),
    )
    expect(lengthOf('😀'.repeat(255))).toBe(255)
    expect(lengthOf('e\u0301')).toBe(2)
    expect(lengthOf('')).toBe(0)
  })
})

describe('checkName', () => {
  it.each([
    ['', 'blank'],
    [' \t\n\u3000', 'blank'],
    ['a\0', 'text'],
    ['\uD800', 'text'],
    ['😀'.repeat(256), 'too_long'],
  ])('refuses %j', (name, rule) => {
    const check = () => checkName(name)
    expect(check).toThrow(DomainFault)
    try {
      check()
    } catch (error) {
      expect((error as DomainFault).fault).toMatchObject({ issues: [{ path: ['name'], rule }] })
    }
  })

  it('takes up to 255 characters', () => {
    for (const name of ['a', '😀'.repeat(255), ' a ']) expect(() => checkName(name)).not.toThrow()
  })
})
