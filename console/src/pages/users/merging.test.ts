import { describe, expect, it } from 'vitest'
import type { Profile } from '../../api/client.ts'
import { mergeOf } from './merging.ts'

const blank: Profile = {
  id: '01900000-0000-7000-8000-000000000000',
  uid: '000000000000',
  longId: '00000000000000000000',
  number: 1,
  type: 'User',
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
  emailVerifiedAt: null,
  picture: null,
  requireAuth: false,
  attributes: {},
  listIds: [],
  unsubscribedAt: null,
  createdBy: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
}

describe('what becomes of a merged profile', () => {
  it('tells what the other gets, and what is lost since the other has its own', () => {
    const source = { ...blank, email: 'a@example.com', phone: '+4930123456', city: 'Lagos', attributes: { a: 1, b: 2 } }
    const target = { ...blank, email: 'b@example.com', city: 'Lagos', attributes: { a: 3 } }
    expect(mergeOf(source, target)).toEqual({ gained: ['phone', 'attributes.b'], lost: ['email', 'attributes.a'] })
  })

  it('takes the three names for one', () => {
    const source = { ...blank, lastName: 'Okonjo' }
    expect(mergeOf(source, { ...blank, firstName: 'Ada' }).lost).toEqual(['names'])
    expect(mergeOf(source, blank).gained).toEqual(['names'])
  })

  it('joins lists', () => {
    const source = { ...blank, listIds: ['x'] }
    expect(mergeOf(source, { ...blank, listIds: ['y'] })).toEqual({ gained: ['listIds'], lost: [] })
    expect(mergeOf(source, source)).toEqual({ gained: [], lost: [] })
  })
})
