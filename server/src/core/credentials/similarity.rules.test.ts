import { describe, expect, it } from 'vitest'
import { findSimilarField, type OwnTexts } from './similarity.rules.ts'

const nobody: OwnTexts = { username: null, firstName: null, lastName: null, email: null }

/** What Django 5.2.17's UserAttributeSimilarityValidator answers to each, run for this test. */
const cases: [password: string, own: Partial<OwnTexts>, field: string | undefined][] = [
  ['testclient', { username: 'testclient' }, 'username'],
  ['testclient', { username: 'test_client' }, 'username'],
  ['clienttest12', { username: 'testclient' }, 'username'],
  ['TestClient', { username: 'tESTcLIENT' }, 'username'],
  ['example.com', { email: 'testclient@example.com' }, 'email'],
  ['testclient123xyz', { email: 'testclient@example.com' }, 'email'],
  ['lovelace-1815', { firstName: 'Ada', lastName: 'Lovelace' }, 'lastName'],
  ['ada-is-here-and-there-and-everywhere', { firstName: 'Ada' }, undefined],
  ['adaadaada', { firstName: 'ada' }, undefined],
  ['aaaaaaaaa', { firstName: 'a' }, undefined],
  ['abababababab', { firstName: 'ab' }, undefined],
  ['İSTANBUL-34xyz', { lastName: 'istanbul' }, undefined],
  ['bogdan-élève!', { lastName: 'ÉLÈVE' }, undefined],
  ['zürich12345', { firstName: 'ZÜRICH' }, 'firstName'],
  ['joeblow1234', { username: 'Joe.Blow@home' }, undefined],
  ['abcdefg123', { username: 'abcdefg' }, 'username'],
  ['abcdefg1234567', { username: 'abcdefg' }, undefined],
  ['abcdefghij', { username: 'jihgfedcba' }, 'username'],
  ['a'.repeat(100), { username: 'aaa' }, undefined],
  ['aaaaaaaaa', { username: 'aaaaa' }, 'username'],
  ['aaaaaaaaa', { username: 'aaaa' }, undefined],
  ['👍'.repeat(9), { firstName: '👍'.repeat(7) }, 'firstName'],
  ['é1é2é3é4é5', { lastName: 'e\u0301e\u0301e\u0301' }, undefined],
  ['password one two', { firstName: 'x-password', lastName: 'one two' }, undefined],
]

describe('findSimilarField', () => {
  it.each(cases)('judges %s beside %o as Django does: %s', (password, own, field) => {
    expect(findSimilarField(password, { ...nobody, ...own })).toBe(field)
  })

  it('names the first of the fields in the order username, first name, last name, e-mail', () => {
    const own = { username: null, firstName: 'lovelace', lastName: 'lovelace', email: 'lovelace@example.com' }
    expect(findSimilarField('lovelace1', own)).toBe('firstName')
    expect(findSimilarField('lovelace1', { ...own, username: 'lovelace' })).toBe('username')
  })

  it('finds nothing in what is empty or not set', () => {
    expect(findSimilarField('correct horse battery', nobody)).toBeUndefined()
    expect(findSimilarField('correct horse battery', { ...nobody, firstName: '', lastName: '---' })).toBeUndefined()
  })
})
