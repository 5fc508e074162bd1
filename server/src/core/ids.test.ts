import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { isUuid, leastIdAt, newId, newLongId, newNumber, newUid, timeOfId } from './ids.ts'

const many = Array.from({ length: 5_000 })

describe('newId', () => {
  it('gives UUIDs of version 7 whose order is the order of creation, also within a millisecond', () => {
    const ids = many.map(() => newId())
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(ids.map((id) => timeOfId(id).getTime())).size).toBeLessThan(ids.length)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('goes on growing when the clock goes back', () => {
    const before = newId()
    vi.useFakeTimers({ now: Date.now() - 60_000 })
    try {
      const after = many.map(() => newId())
      expect([before, ...after].toSorted()).toEqual([before, ...after])
    } finally {
      vi.useRealTimers()
    }
  })

  it('carries the time of its creation', () => {
    const before = Date.now()
    const at = timeOfId(newId()).getTime()
    expect(at).toBeGreaterThanOrEqual(before)
    expect(at).toBeLessThanOrEqual(Date.now() + 1)
  })
})

describe('timeOfId', () => {
  it('reads the example of RFC 9562, appendix A.6', () => {
    expect(timeOfId('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toEqual(new Date('2022-02-22T19:22:22.000Z'))
  })
})

describe('leastIdAt', () => {
  it('gives a bound between the ids of earlier instants and those of the instant', () => {
    const id = newId()
    const at = timeOfId(id)
    expect(leastIdAt(at) < id).toBe(true)
    expect(leastIdAt(new Date(at.getTime() + 1)) > id).toBe(true)
    expect(isUuid(leastIdAt(at))).toBe(true)
  })
})

/** How many numbers lie far from the one before. */
const farApart = (numbers: readonly number[], width: number) =>
  numbers.filter((number, i) => Math.abs(number - (numbers[i - 1] ?? 0)) >= width).length

describe('newUid', () => {
  it('gives twelve digits, the first not 0, the most of them near the one before', () => {
    const uids = many.map(() => newUid())
    for (const uid of uids) expect(uid).toMatch(/^[1-9]\d{11}$/)
    expect(uids.length - new Set(uids).size).toBeLessThan(2)
    expect(farApart(uids.map(Number), 2 ** 22)).toBeLessThan(uids.length / 200)
  })
})

describe('newNumber', () => {
  const numbers = Array.from({ length: 20_000 }, () => newNumber())

  it('gives whole numbers from 1 that JSON holds exactly, from all over the range, the most of them near the one before', () => {
    for (const number of numbers) expect(Number.isSafeInteger(number) && number >= 1).toBe(true)
    expect(Math.max(...numbers)).toBeGreaterThan(2 ** 52)
    expect(farApart(numbers, 2 ** 36)).toBeLessThan(numbers.length / 200)
  })

  it('does not tell the order: as many lie below the one before as above it', () => {
    const above = numbers.filter((number, i) => number > (numbers[i - 1] ?? 0)).length
    expect(Math.abs(above - numbers.length / 2)).toBeLessThan(numbers.length / 20)
  })
})

describe('newLongId', () => {
  it('gives twenty digits that begin with the unix second', () => {
    const at = fc.date({ min: new Date('2002-01-01'), max: new Date('2286-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(at, (date) => {
        const id = newLongId(date)
        expect(id).toMatch(/^\d{20}$/)
        expect(id.slice(0, 10)).toBe(String(Math.floor(date.getTime() / 1_000)))
      }),
    )
  })

  it('gives different ones for one instant', () => {
    const at = new Date()
    expect(new Set(many.map(() => newLongId(at))).size).toBeGreaterThan(many.length - 5)
  })
})

describe('isUuid', () => {
  it('takes every UUID in any case, and nothing around it', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(isUuid(id) && isUuid(id.toUpperCase())).toBe(true)
      }),
    )
    const id = newId()
    for (const text of [
      '',
      `${id} `,
      `\n${id}`,
      `${id}\n`,
      `{${id}}`,
      `urn:uuid:${id}`,
      id.replaceAll('-', ''),
      id.slice(1),
    ]) {
      expect(isUuid(text), text).toBe(false)
    }
  })
})
