import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainFault } from './errors.ts'
import { packCursor, unpackCursor } from './pagination.ts'

/** Any UTF-16, halves of surrogate pairs and NUL among it. */
const anyText = fc
  .array(fc.oneof(fc.nat(0xffff), fc.nat(0x7f), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units))
const anyParts = fc.array(anyText, { minLength: 1, maxLength: 5 })

/** What unpacking gives, or undefined when the cursor is refused as it should be. */
function tryUnpack(cursor: string, order: string, length: number): string[] | undefined {
  try {
    return unpackCursor(cursor, order, length)
  } catch (error) {
    expect(error).toBeInstanceOf(DomainFault)
    expect((error as DomainFault).fault).toEqual({
      code: 'input_invalid',
      issues: [{ path: ['cursor'], rule: 'format' }],
    })
    return undefined
  }
}

describe('Cursors', () => {
  it('give back what was packed, whatever the texts are', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        expect(unpackCursor(packCursor(parts), parts[0] ?? '', parts.length)).toEqual(parts)
      }),
    )
  })

  it('stand in a URL as they are', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        expect(packCursor(parts)).toMatch(/^[\w-]+$/)
      }),
    )
  })

  it('are refused in another order and with another number of parts', () => {
    fc.assert(
      fc.property(anyParts, anyText, fc.integer({ min: 0, max: 9 }), (parts, order, length) => {
        fc.pre(order !== parts[0] && length !== parts.length)
        const cursor = packCursor(parts)
        expect(tryUnpack(cursor, order, parts.length)).toBeUndefined()
        expect(tryUnpack(cursor, parts[0] ?? '', length)).toBeUndefined()
      }),
    )
  })

  it('have one spelling: any text is refused, or is what packing its parts gives', () => {
    const nearlyOurs = fc
      .tuple(anyParts, fc.nat(), fc.string({ minLength: 1, maxLength: 2 }))
      .map(([parts, at, noise]) => {
        const cursor = packCursor(parts)
        const place = at % (cursor.length + 1)
        return {
          order: parts[0] ?? '',
          length: parts.length,
          text: cursor.slice(0, place) + noise + cursor.slice(place),
        }
      })
    fc.assert(
      fc.property(nearlyOurs, ({ order, length, text }) => {
        const parts = tryUnpack(text, order, length)
        if (parts !== undefined) expect(packCursor(parts)).toBe(text)
      }),
      { numRuns: 1_000 },
    )
  })

  it('are refused when they are no list of texts', () => {
    for (const value of [
      null,
      1,
      'a',
      {},
      { 0: 'a', length: 1 },
      ['a', 1],
      ['a', null],
      [['a'], 'b'],
      ['a', { toString: 'b' }],
    ]) {
      const cursor = Buffer.from(JSON.stringify(value)).toString('base64url')
      expect(tryUnpack(cursor, 'a', 2)).toBeUndefined()
    }
    for (const text of ['', 'a', '%', Buffer.from([0xff, 0xfe]).toString('base64url')]) {
      expect(tryUnpack(text, 'a', 1)).toBeUndefined()
    }
  })
})
