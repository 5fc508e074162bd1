import { describe, expect, it } from 'vitest'
import { DomainFault } from '../errors.ts'
import { absorbed, changed, newProfile, pictured } from './changes.rules.ts'
import type { ProfileInput } from './profiles.types.ts'

const now = new Date('2030-01-01T00:00:00.000Z')
const merged = (target: ProfileInput, source: ProfileInput) => absorbed(newProfile(target), newProfile(source), now)

describe('absorbed', () => {
  it('gives the target every field that it lacks and the source has', () => {
    const source = {
      ...{ reference: 'r', label: 'l', username: 'user', email: 'a@example.com', phone: '+49658245684', country: 'DE' },
      ...{ city: 'c', organization: 'o', website: 'w', twitter: 't', language: 'de', timezone: 'Europe/Berlin' },
      ...{ currency: 'EUR', comment: 'x', fullName: 'Ada Lovelace', attributes: { a: 1 }, listIds: ['1'] },
    }
    expect(merged({}, source)).toMatchObject({ ...source, firstName: 'Ada', lastName: 'Lovelace' })
  })

  it('leaves what the target has, and joins attributes by name and lists', () => {
    const target = { reference: 'mine', city: 'Rome', attributes: { a: 1, b: null, c: '' }, listIds: ['1', '2'] }
    const source = { reference: 'other', city: 'Bonn', attributes: { a: 2, b: 2, c: 2, d: 2 }, listIds: ['2', '3'] }
    expect(merged(target, source)).toMatchObject({
      ...target,
      attributes: { a: 1, b: 2, c: 2, d: 2 },
      listIds: ['1', '2', '3'],
    })
  })

  it('takes the names whole or not at all', () => {
    const after = merged({ firstName: 'Ada' }, { fullName: 'Bob Marley' })
    expect(after).toMatchObject({ firstName: 'Ada', lastName: null, fullName: 'Ada' })
  })

  it('takes the proof of an e-mail with the e-mail, and not without it', () => {
    const proven = { ...newProfile({ email: 'a@example.com' }), emailVerifiedAt: now }
    expect(absorbed(newProfile({}), proven, now).emailVerifiedAt).toEqual(now)
    expect(absorbed(newProfile({ email: 'b@example.com' }), proven, now).emailVerifiedAt).toBeNull()
    const target = { ...newProfile({ email: 'b@example.com' }), emailVerifiedAt: now }
    expect(absorbed(target, newProfile({ email: 'a@example.com', city: 'Bonn' }), now).emailVerifiedAt).toEqual(now)
  })

  it('carries over that the person is not to be engaged', () => {
    expect(absorbed(newProfile({}), { ...newProfile({}), unsubscribedAt: now }, now).unsubscribedAt).toEqual(now)
  })

  it('is the same object when the target lacks nothing, else one revision on', () => {
    const target = newProfile({ city: 'Rome' })
    expect(absorbed(target, newProfile({ city: 'Bonn' }), now)).toBe(target)
    expect(absorbed(target, newProfile({ label: 'x' }), now)).toMatchObject({ revision: 2, updatedAt: now })
  })

  it('refuses attributes that are together more than one profile can hold', () => {
    const half = (name: string) => ({ attributes: { [name]: 'x'.repeat(40_000) } })
    expect(() => merged(half('a'), half('b'))).toThrow(DomainFault)
  })

  it('refuses lists that are together more than one profile can be in', () => {
    const lists = (from: number) => ({ listIds: Array.from({ length: 60 }, (_, index) => `list ${from + index}`) })
    expect(merged(lists(0), lists(40)).listIds).toHaveLength(100)
    expect(() => merged(lists(0), lists(60))).toThrow(DomainFault)
  })

  it('joins attributes whose names every object has', () => {
    const after = merged({}, { attributes: { toString: 'x', hasOwnProperty: 'y' } })
    expect(after.attributes).toEqual({ toString: 'x', hasOwnProperty: 'y' })
  })
})

describe('changed', () => {
  it('never looks older than the change before it', () => {
    const before = { ...newProfile({}), updatedAt: now }
    expect(changed(before, { city: 'Rome' }, new Date(0)).updatedAt).toEqual(now)
  })
})

describe('pictured', () => {
  it('is a revision of its own, and none where the picture is the same', () => {
    const before = newProfile({})
    const after = pictured(before, '/pictures/a/b', now)
    expect(after).toMatchObject({ picture: '/pictures/a/b', revision: 2, updatedAt: now })
    expect(pictured(after, '/pictures/a/b', now)).toBe(after)
    expect(pictured(after, null, now)).toMatchObject({ picture: null, revision: 3 })
  })

  it('goes to the target of a merge only where that has none', () => {
    const [plain, source] = [newProfile({}), pictured(newProfile({}), '/pictures/a/b', now)]
    expect(absorbed(plain, source, now).picture).toBe('/pictures/a/b')
    expect(absorbed(pictured(plain, '/pictures/a/c', now), source, now).picture).toBe('/pictures/a/c')
  })
})

describe('a number without its calling code', () => {
  it('becomes the phone, and the country follows it', () => {
    const profile = newProfile({ country: 'FR', nationalPhone: { number: '0658245684' } })
    expect(profile).toMatchObject({ phone: '+33658245684', country: 'FR' })
    expect(profile).not.toHaveProperty('nationalPhone')
    const next = changed(profile, { nationalPhone: { number: '658245685' } }, now)
    expect(next).toMatchObject({ phone: '+33658245685', revision: 2 })
    expect(changed(next, { nationalPhone: { number: '658245685' } }, now)).toBe(next)
    expect(newProfile({ nationalPhone: { number: '+33658245684' } })).toMatchObject({
      phone: '+33658245684',
      country: 'FR',
    })
  })
})
