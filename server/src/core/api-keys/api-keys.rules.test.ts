import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scopes } from '../context.ts'
import { checkScopes, hashSecret, isWellFormedKey, mint } from './api-keys.rules.ts'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const halfOf = fc.constantFrom('pk', 'sk')
const modeOf = fc.constantFrom('sandbox', 'live')

describe('API keys', () => {
  it('have the form that is printed', () => {
    fc.assert(
      fc.property(halfOf, modeOf, (half, mode) => {
        const key = mint(half, mode)
        expect(key).toMatch(new RegExp(`^${half}_${mode}_[0-9A-Za-z]{38}$`))
        expect(isWellFormedKey(half, key)).toBe(true)
        expect(isWellFormedKey(half === 'pk' ? 'sk' : 'pk', key)).toBe(false)
      }),
    )
  })

  // CRC-32 (ISO-HDLC) by another implementation, then written in base 62 by hand: 7281 = 1 * 62^2 + 55 * 62 + 27.
  it.each([
    ['pk', 'pk_sandbox_00000000000000000000000000000000', 4_065_026_448, '4R6R4i'],
    ['sk', 'sk_live_0123456789ABCDEFGHIJKLMNOPQRSTUV', 1_960_926_955, '28hqg7'],
    ['sk', 'sk_sandbox_aaaaaaaaaaaaaaaaaaaaaaaaaa004785', 7_281, '0001tR'],
  ] as const)('end in the CRC-32 of what stands before: %s, %s', (half, body, crc, checksum) => {
    const value = [...checksum].reduce((sum, character) => sum * 62 + base62.indexOf(character), 0)
    expect(value).toBe(crc)
    expect(isWellFormedKey(half, body + checksum)).toBe(true)
    expect(isWellFormedKey(half, `${body}000000`)).toBe(false)
  })

  it('are refused with any single character changed, left out, doubled or put in', () => {
    const key = mint('sk', 'sandbox')
    const others = `${base62}_-+/=. é\0`
    const accepted: string[] = []
    for (let place = 0; place < key.length; place++) {
      const [before, after] = [key.slice(0, place), key.slice(place + 1)]
      const wrong = [before + after, before + key[place] + key[place] + after]
      for (const other of others) {
        if (other !== key[place]) wrong.push(before + other + after)
        wrong.push(before + other + key[place] + after)
      }
      accepted.push(...wrong.filter((text) => text !== key && isWellFormedKey('sk', text)))
    }
    expect(accepted).toEqual([])
  })

  it('are refused with two neighbours exchanged', () => {
    const key = mint('sk', 'live')
    for (let place = 0; place < key.length - 1; place++) {
      const swapped = key.slice(0, place) + key[place + 1] + key[place] + key.slice(place + 2)
      if (swapped !== key) expect(isWellFormedKey('sk', swapped), swapped).toBe(false)
    }
  })

  it('are refused when they are anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(isWellFormedKey('sk', text)).toBe(false)
      }),
    )
    const key = mint('sk', 'live')
    for (const text of ['', 'sk', ` ${key}`, `${key}\n`, key + key, key.toUpperCase()]) {
      expect(isWellFormedKey('sk', text)).toBe(false)
    }
  })

  it('are drawn from all 62 characters, and never twice', () => {
    const keys = Array.from({ length: 500 }, () => mint('sk', 'live'))
    expect(new Set(keys).size).toBe(500)
    const drawn = new Set(keys.flatMap((key) => [...key.slice('sk_live_'.length, -6)]))
    expect([...drawn].toSorted().join('')).toBe(base62)
  })
})

describe('hashSecret', () => {
  it('is SHA-256', () => {
    expect(hashSecret('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

describe('checkScopes', () => {
  it('takes every known scope, in the order given', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...scopes], { minLength: 1 }), (some) => {
        expect(checkScopes(some)).toEqual(some)
      }),
    )
  })

  it.each([
    [[], 'blank'],
    [['profiles:read', 'profiles:read'], 'choice'],
    [['profiles:read', 'profiles:*'], 'choice'],
    [['PROFILES:READ'], 'choice'],
    [['constructor'], 'choice'],
  ])('refuses %j', (texts, rule) => {
    expect(() => checkScopes(texts)).toThrow(
      expect.objectContaining({
        fault: expect.objectContaining({ issues: [expect.objectContaining({ path: ['scopes'], rule })] }),
      }),
    )
  })
})
