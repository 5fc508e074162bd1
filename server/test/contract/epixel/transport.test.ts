import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DatabaseError } from '../../../src/core/db.ts'
import { DomainFault } from '../../../src/core/errors.ts'
import { steadyNotices, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Answer,
  type Client,
  clientOf,
  details,
  expectBody,
  expectDetail,
  expectErrors,
  mounts,
  newClient,
  type Person,
  said,
  signUpFields,
} from './client.ts'
import { paths } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database, {}, steadyNotices)
const elsewhere = useApi(database, { epixelBase: '/rest/v3' })

let client: Client
let ada: Person
beforeAll(async () => {
  client = await newClient(api, database)
  ada = await client.person('ada.l')
  await client.get(paths.getProfile, ada.access)
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Every kind of request, the app and the session being known already. */
async function everyRequest(): Promise<Answer[]> {
  const passwords = { old_password: 'x', new_password: 'y', confirm_password: 'y' }
  return [
    await client.get(paths.getProfile, ada.access),
    await client.post(paths.updateProfile, { email: ada.email }, ada.access),
    await client.post('/user/login/', { username: 'ada.l', password: 'x' }),
    await client.post('/user/login/refresh/', { refresh: ada.refresh }),
    await client.post('/user/signup/', {
      ...signUpFields,
      username: 'bob.b',
      email: 'bob@example.com',
      phone_number: '658299999',
    }),
    await client.post('/user/profile/change-password/', passwords, ada.access),
    await client.post('/user/token-generator/', {}, ada.access, { headers: { 'idempotency-key': 'k' } }),
    await client.post(paths.uploadImage, { image: { bytes: Buffer.alloc(1) } }, ada.access),
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

describe('404', () => {
  it.each(['/user/get/profile', '/user/get/profile/x/', '/user/get/', '/nothing/', '/user/update/profile'])(
    '%s: a path that the document does not print, its slash at the end being part of it',
    async (path) => {
      for (const mount of mounts) expectDetail(await client.get(path, ada.access, { mount }), details.notFound)
    },
  )
})

describe('405', () => {
  it('a method that a path does not take, told with those that it takes, before the key is looked at', async () => {
    const answer = await client.call('POST', paths.getProfile, { headers: { apikey: '' } })
    expectDetail(answer, [405, 'Method "POST" not allowed.'])
    expect(answer.headers.allow).toBe('GET, HEAD')
    expectDetail(await client.get(paths.updateProfile, ada.access), [405, 'Method "GET" not allowed.'])
  })
})

describe('415', () => {
  it('a body of a type that is not taken', async () => {
    const raw = { type: 'text/plain', body: 'email=x' }
    const answer = await client.call('POST', paths.updateProfile, { access: ada.access, raw })
    expectDetail(answer, [415, 'Unsupported media type "text/plain" in request.'])
  })
})

describe('400', () => {
  it.each([
    ['application/json', '{"email":'],
    ['application/json', '{"__proto__":{}}'],
    ['application/x-www-form-urlencoded', 'email=%ff'],
    ['multipart/form-data', '--x--'],
  ])('a body of %s that is none: %s', async (type, body) => {
    const raw = { type, body }
    expectDetail(await client.call('POST', paths.updateProfile, { access: ada.access, raw }), details.malformed)
  })

  it('a query that is not percent-encoded UTF-8', async () => {
    expectDetail(await client.get(`${paths.getProfile}?x=%ff`, ada.access), details.malformed)
  })
})

describe('an empty form', () => {
  it.each(['multipart/form-data; boundary=b', 'application/x-www-form-urlencoded'])('is none: %s', async (type) => {
    const raw = { type, body: '' }
    const answer = await client.call('POST', paths.updateProfile, { access: ada.access, raw })
    expectErrors(answer, { email: said.required })
    const asked = await client.call('POST', '/user/token-generator/', { access: ada.access, raw })
    expect(asked.statusCode).toBe(200)
  })
})

describe('a field that comes several times', () => {
  it.each([
    ['application/x-www-form-urlencoded', 'email=&email=x'],
    [
      'multipart/form-data; boundary=b',
      ['', 'x'].map((text) => `--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n${text}\r\n`).join('') +
        '--b--\r\n',
    ],
  ])('counts as its last: %s', async (type, body) => {
    const answer = await client.call('POST', paths.updateProfile, { access: ada.access, raw: { type, body } })
    expectErrors(answer, { email: ['Enter a valid email address.'] })
  })
})

describe('the prefix and the version', () => {
  it('are those of the settings, at both mounts', async () => {
    const other = clientOf(elsewhere, client)
    for (const mount of ['/rest/v3', '/epixel/rest/v3']) {
      expect((await other.get(paths.getProfile, ada.access, { mount })).statusCode).toBe(200)
    }
    expectDetail(await other.get(paths.getProfile, ada.access, { mount: '/epixel/api/v1' }), details.notFound)
    // What is printed there is Ona's again.
    const { body } = await other.get(paths.getProfile, ada.access, { mount: '/api/v1' })
    expect(JSON.parse(body)).toEqual({ detail: 'Not found.' })
  })
})

describe('headers', () => {
  it('every answer carries the security headers and an id of its own', async () => {
    const raw = { type: 'text/plain', body: 'x' }
    const answers = [
      await client.get(paths.getProfile, ada.access),
      await client.post(paths.updateProfile, {}, ada.access),
      await client.get(paths.getProfile),
      await client.get('/nothing/'),
      await client.call('PUT', paths.getProfile),
      await client.call('POST', paths.updateProfile, { access: ada.access, raw }),
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 401, 404, 405, 415])
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
    }
    expectErrors(answers[1] as Answer, { email: said.required })
    expectBody(answers[2] as Answer, 401, { detail: details.credentialsMissing[1] })
  })
})
