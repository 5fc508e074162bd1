import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DatabaseError } from '../../../src/core/db.ts'
import { DomainFault } from '../../../src/core/errors.ts'
import { steadyNotices, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, details, expectDetail, newSite, type Person, password } from './client.ts'

const database = useDatabase()
const api = useApi(database, {}, steadyNotices)

let site: Client
let person: Person
beforeAll(async () => {
  site = await newSite(api, database)
  person = await site.person('ann')
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Every kind of request, the app being known already. */
async function everyRequest(): Promise<Answer[]> {
  const passwords = { current_password: password, new_password: 'quince-Meadow-12' }
  return [
    await site.get('/profiles/ann'),
    await site.get('/profiles', person),
    await site.register({ username: 'bob', email: 'bob@example.com', first_name: 'Bob', password }),
    await site.patch('/profiles/ann', { city: 'x' }, person),
    await site.call('POST', '/profile/ann/change_password', { as: person, body: passwords }),
    await site.get('/user', person),
    await site.call('DELETE', '/profiles/ann', { as: person, headers: { 'idempotency-key': 'k' } }),
  ]
}

async function whileItThrows(error: Error): Promise<Answer[]> {
  vi.spyOn(database.db, 'query').mockRejectedValue(error)
  vi.spyOn(database.db, 'transaction').mockRejectedValue(error)
  return everyRequest()
}

describe('500', () => {
  it.each([
    ['an error that nobody foresaw', new TypeError('boom-4711 in select password_hash')],
    ['a statement that is refused', new DatabaseError('boom-4711', '42P01', 'profiles', new Error('boom-4711'))],
  ])('%s leaves nothing of itself in the answer', async (_, error) => {
    for (const answer of await whileItThrows(error)) expectDetail(answer, details.failed)
  })
})

describe('503', () => {
  it('a database that cannot be asked, with the time after which to try again; nobody is called unknown for it', async () => {
    const error = new DomainFault({ code: 'database_unavailable' }, new Error('boom-4711'))
    for (const answer of await whileItThrows(error)) {
      expectDetail(answer, details.unavailable)
      expect(answer.headers['retry-after']).toBe('1')
    }
  })
})

describe('headers', () => {
  it('every answer carries the security headers and an id of its own', async () => {
    const answers = [
      await site.get('/profiles', person),
      await site.register({}),
      await site.register('{'),
      await site.get('/profiles', 'Token x'),
      await site.get('/nothing'),
      await site.call('PUT', '/profiles'),
      await site.register('x', { headers: { 'content-type': 'text/plain' } }),
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 400, 401, 404, 405, 415])
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
      const telling = Object.keys(headers).filter((name) => /^(access-control-|server$|x-powered-by$)/.test(name))
      expect(telling).toEqual([])
    }
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(answers.length)
  })
})
